#pragma once

#include <vector>

#include <torch/torch.h>

#include "gantrain/models/gan_model.h"

namespace gantrain {

// Numerical health of one step, on the device, with no host read.
//
// skip(), a float scalar, becomes 1 when a loss or a gradient of an update is not finite, and stays
// 1 until the step's end: its other updates are skipped too, and the networks' buffers (batch
// statistics, singular vectors), which forward passes move, go back to before the step.
class StepGuard {
 public:
  // Of the networks' buffers as they are now: the networks are on their device already.
  StepGuard(const NetworkMap& networks, torch::Device device);

  void begin_step();
  // After each update's gradients: the norm of all of them and the loss, both scalars.
  void judge(const torch::Tensor& gradient_norm, const torch::Tensor& loss);
  void end_step();

  const torch::Tensor& skip() const { return skip_; }

 private:
  torch::Tensor skip_;
  std::vector<torch::Tensor> buffers_, remembered_;
};

}  // namespace gantrain
