#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/losses/loss_term.h"
#include "gantrain/models/phase.h"
#include "gantrain/models/state_visitor.h"
#include "gantrain/models/step_context.h"

namespace gantrain {

// name -> module, in order; the names are checkpoint keys ("generator", "discriminator", "g_ab").
using NetworkMap = torch::OrderedDict<std::string, std::shared_ptr<torch::nn::Module>>;

// What a model may look at after an update of a phase; no gradients are recorded.
struct UpdateContext {
  int64_t step = 0;
  int64_t batch_size = 0;  // over all ranks
  const TensorMap&
      reports;  // "Loss/...", "Report/...": means over micro-batches and ranks, on the device
  torch::Tensor skip;  // float scalar on the device; 1 = the update did not happen: model state
                       // must not move either
};

// A GAN: networks, phases and losses. It holds no training state besides its networks and what
// visit_state names. The trainer does everything else: zero-grad, backward, accumulation, clipping,
// stepping, EMA, health, logging, checkpoints.
class GanModel {
 public:
  virtual ~GanModel() = default;

  virtual std::vector<Phase> phases(int64_t step) const = 0;
  // Forwards that phases share (fakes with their graph); once per drawn batch.
  virtual void prepare(StepContext& context);
  // The terms of one phase. No backward, no .item(), no host branch on a value.
  virtual std::vector<LossTerm> losses(const Phase& phase, StepContext& context) = 0;
  virtual void after_update(const Phase& phase, UpdateContext& context);
  virtual void visit_state(StateVisitor& visitor);
  // Moves what visit_state names to where the networks are; once, after they were.
  virtual void place_state(torch::Device device, torch::ScalarType type);
  // Which networks get an EMA and go into g.pt.
  virtual std::vector<std::string> generators() const { return {"generator"}; }
  virtual bool graph_safe() const { return true; }

  NetworkMap& networks() { return networks_; }
  const NetworkMap& networks() const { return networks_; }

 protected:
  NetworkMap networks_;
};

// What to make pictures from. Undefined tensors where a model takes no such thing.
struct GeneratorInput {
  torch::Tensor z;                  // [N, latent_dim] standard normal
  torch::Tensor labels;             // [N] int64
  torch::Tensor images;             // [N, C, H, W] for translation
  bool backward = false;            // from domain B to A, where the model goes both ways
  bool running_statistics = false;  // instead of each picture's own, see PictureTask
  uint64_t seed = 0;                // of dropout, where it goes on
};

// What a generator that turns pictures into pictures asks of them, and does to them.
struct PictureTask {
  int64_t input_channels = 3;
  int64_t image_channels = 3;       // of what it makes; backward it is the other way round
  int64_t multiple = 1;             // sides of inputs must be multiples of this
  int64_t scale = 1;                // sides of what it makes over those of inputs
  int64_t radius = 0;               // px of the input beyond which nothing reaches a place (but
                                    // through norms)
  bool own_statistics = false;      // batch norms take those of each picture
  bool sees_whole_picture = false;  // norms run over the picture: a tile of it gives other colours
  bool both_ways = false;
};

// Making pictures needs no discriminator and no trainer. Holds references to the networks it was
// built with.
class Generator {
 public:
  virtual ~Generator() = default;
  // [N, C, H, W] in [-1, 1], float32, no gradients, eval mode (unless the model declares
  // per-picture statistics).
  virtual torch::Tensor run(const GeneratorInput& input) = 0;
  virtual int64_t latent_dim() const { return 0; }  // 0: takes no latent
  virtual int64_t classes() const { return 0; }     // 0: takes no label
  virtual std::optional<PictureTask> picture_task() const { return std::nullopt; }
};

}  // namespace gantrain
