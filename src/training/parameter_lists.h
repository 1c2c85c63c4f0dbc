#pragma once

#include <vector>

#include <torch/torch.h>

#include "gantrain/training/optimizer.h"

namespace gantrain {

// What the optimizers share: lists of tensors that lie beside the parameters.

std::vector<torch::Tensor> values_of(const std::vector<NamedParameter>& parameters);

// Zeros with the parameters' types, devices and strides.
std::vector<torch::Tensor> zeros_like_parameters(const std::vector<NamedParameter>& parameters);

// list[indices[0]], list[indices[1]], ...; the list itself, without copies, when every item is
// named.
class Selection {
 public:
  Selection(const std::vector<torch::Tensor>& list, const std::vector<size_t>& indices);
  operator at::TensorList() const { return selected_; }  // NOLINT(google-explicit-constructor)
  at::TensorList tensors() const { return selected_; }

 private:
  std::vector<torch::Tensor> picked_;
  at::TensorList selected_;
};

// The gradients with the values' strides: copies of those that have others.
std::vector<torch::Tensor> with_strides_of(at::TensorList values,
                                           const std::vector<torch::Tensor>& gradients);

// Zeros instead of the gradients where skip is 1, whatever they hold (0 * NaN would be NaN).
std::vector<torch::Tensor> zero_when_skipped(const std::vector<torch::Tensor>& gradients,
                                             const torch::Tensor& skip);

// `factor` in a step, 1 in a skipped one, of the values' type: what a decaying state is multiplied
// by.
torch::Tensor decay_factor(double factor, const torch::Tensor& skip, const torch::Tensor& value);

// Fused kernels do not tell autograd that they wrote to a parameter.
void bump_versions(at::TensorList values);

}  // namespace gantrain
