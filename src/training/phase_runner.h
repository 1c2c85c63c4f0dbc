#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/loader.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/training/optimizer.h"

#include "training/gradient_clip.h"
#include "training/metric_sums.h"
#include "training/phase_plan.h"
#include "training/step_guard.h"

namespace gantrain {

using OptimizerMap = std::map<std::string, std::unique_ptr<Optimizer>>;

// Runs the phases of a step: draws batches, prepares, asks the model for loss terms, takes
// gradients by parameter, accumulates over micro-batches and steps the optimizers. No host read of
// a device value.
//
// An update whose loss or gradients are not finite and the rest of its step move nothing
// (StepGuard).
class PhaseRunner {
 public:
  using BatchSource = std::function<const Batch&()>;

  PhaseRunner(GanModel& model, OptimizerMap& optimizers, const RandomStreams& streams,
              const Runtime& runtime, int64_t micro_batch_size, MetricSums& metrics);

  // One step. `next_batch` is called once per draw.
  void run_step(int64_t step, const BatchSource& next_batch);

  const torch::Tensor& skip() const { return guard_.skip(); }

  // By optimizer; none without. The logged norm is that of before.
  void set_clips(std::map<std::string, GradientClip> clips) { clips_ = std::move(clips); }

  // Hands every context to `hook` before prepare(): tests inject latents and masks here.
  void set_context_hook(std::function<void(StepContext&)> hook) { context_hook_ = std::move(hook); }
  // Sees the gradients of every update, before the optimizer: {names, gradients}.
  using GradientHook = std::function<void(const Phase&, const std::vector<NamedParameter>&,
                                          const std::vector<torch::Tensor>&)>;
  void set_gradient_hook(GradientHook hook) { gradient_hook_ = std::move(hook); }

 private:
  struct PhaseParameters {  // of one phase: what moves, and where it stands in its optimizer
    std::vector<NamedParameter> parameters;
    std::vector<torch::Tensor> values;
    std::vector<size_t> indices;
  };

  void start_draw(int64_t step, const Batch& batch, bool with_graph);
  void run_update(const PlannedUpdate& update, int64_t step, int64_t update_number);
  void add_gradients(std::vector<torch::Tensor>& sum, const PhaseParameters& moving,
                     const torch::Tensor& loss, bool retain);
  void apply(const Phase& phase, const PhaseParameters& moving,
             std::vector<torch::Tensor>& gradients, MetricSums::Named values,
             const torch::Tensor& loss, int64_t step);
  const PhaseParameters& parameters_of(const Phase& phase);

  GanModel& model_;
  OptimizerMap& optimizers_;
  const RandomStreams& streams_;
  Runtime runtime_;
  int64_t micro_batch_size_;
  MetricSums& metrics_;
  StepGuard guard_;
  int64_t draw_ = -1;
  int64_t batch_size_ = 0;
  std::vector<StepContext> contexts_;  // one per micro-batch of the current draw
  std::map<std::string, PhaseParameters> moving_;
  std::map<std::string, GradientClip> clips_;
  std::function<void(StepContext&)> context_hook_;
  GradientHook gradient_hook_;
};

}  // namespace gantrain
