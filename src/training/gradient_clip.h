#pragma once

#include <vector>

#include <torch/torch.h>

namespace gantrain {

// Bounds on what an optimizer sees; 0 = off.
struct GradientClip {
  double norm = 0;   // of all gradients of an update together
  double value = 0;  // of every entry

  // torch.nn.utils.clip_grad_norm_ with total_norm, a scalar, as the norm of them all; then
  // clip_grad_value_. New tensors; no host read.
  void apply(std::vector<torch::Tensor>& gradients, const torch::Tensor& total_norm) const;
};

}  // namespace gantrain
