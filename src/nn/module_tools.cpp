#include "gantrain/nn/module_tools.h"

namespace gantrain {
namespace {

torch::Tensor placed(const torch::Tensor& tensor, torch::Device device, torch::ScalarType type,
                     torch::MemoryFormat format) {
  const auto wanted_type = tensor.is_floating_point() ? type : tensor.scalar_type();
  return tensor.detach()
      .to(device, wanted_type)
      .contiguous(tensor.dim() == 4 ? format : torch::MemoryFormat::Contiguous);
}

}  // namespace

void place_module(torch::nn::Module& module, torch::Device device, torch::ScalarType type,
                  torch::MemoryFormat format) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    parameter.set_data(placed(parameter, device, type, format));
  }
  for (auto& buffer : module.buffers()) {
    buffer.set_data(placed(buffer, device, type, format));
  }
}

torch::MemoryFormat map_format_of(const torch::nn::Module& module) {
  for (const auto& kernel : module.parameters()) {
    const bool tells = kernel.dim() == 4 && kernel.size(1) > 1 && kernel.size(2) > 1;
    if (tells) {
      return kernel.suggest_memory_format();
    }
  }
  return torch::MemoryFormat::ChannelsLast;
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
