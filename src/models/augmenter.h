#pragma once

#include <string>

#include <torch/torch.h>

#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"
#include "gantrain/nn/augment.h"

namespace gantrain {

// Shows D augmented pictures, and moves the probability where it is adaptive: every `interval`
// batches of D
//   p += sign(mean over them of sign(D(real)) - target) * images / (1000 * speed_kimg),
// within [0, options.probability]. ADA, arXiv:2006.06676. The mean is over micro-batches and ranks;
// all of it stays on the device.
class Augmenter {
 public:
  explicit Augmenter(const AugmentOptions& options);

  bool adaptive() const { return options_.adaptive; }
  const torch::Tensor& probability() const { return probability_; }

  // images as D sees them; every name of a stream has draws of its own. The images themselves where
  // the policy is empty.
  torch::Tensor shown(const torch::Tensor& images, const std::string& stream,
                      StepContext& context) const;

  // After an update of D; sign: the mean sign of its logits of reals.
  void adapt(const torch::Tensor& sign, const UpdateContext& update);

  void place_state(torch::Device device, torch::ScalarType type);
  void visit_state(StateVisitor& visitor);

 private:
  AugmentOptions options_;
  torch::Tensor probability_;    // scalars on the device
  torch::Tensor signs_, count_;  // sum over batches since the last move, and how many
};

// Augmentation beside a model that is not to have it, or an objective that tells ADA nothing.
std::optional<ModelConflict> augment_conflict(const ModelConfig& config,
                                              const BatchGeometry& geometry);

}  // namespace gantrain
