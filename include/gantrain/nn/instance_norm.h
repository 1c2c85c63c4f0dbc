#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// Every channel of every picture of input [N, C, H, W] minus its mean, over its deviation; then
// times weight, plus bias ([C] each, or undefined). arXiv:1607.08022. One picture keeps its memory
// format (torch::instance_norm makes it contiguous).
torch::Tensor instance_norm(const torch::Tensor& input, const torch::Tensor& weight,
                            const torch::Tensor& bias, double eps);

// torch::nn::InstanceNorm2d as it is by default: without parameters, without running statistics.
class InstanceNorm2dImpl : public torch::nn::Module {
 public:
  torch::Tensor forward(const torch::Tensor& input);
};
TORCH_MODULE(InstanceNorm2d);

}  // namespace gantrain
