#include "gantrain/nn/module_tools.h"

namespace gantrain {
namespace {

torch::Tensor placed(const torch::Tensor& tensor, torch::Device device, torch::ScalarType type) {
  const auto wanted_type = tensor.is_floating_point() ? type : tensor.scalar_type();
  const auto format =
      tensor.dim() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
  return tensor.detach().to(device, wanted_type).contiguous(format);
}

}  // namespace

void place_module(torch::nn::Module& module, torch::Device device, torch::ScalarType type) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    parameter.set_data(placed(parameter, device, type));
  }
  for (auto& buffer : module.buffers()) {
    buffer.set_data(placed(buffer, device, type));
  }
}

int64_t count_parameters(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) {
    count += parameter.numel();
  }
  return count;
}

void overwrite(const torch::Tensor& target, const torch::Tensor& source) {
  torch::NoGradGuard no_grad;
  target.variable_data().copy_(source);
}

}  // namespace gantrain
