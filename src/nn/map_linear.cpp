#include "gantrain/nn/map_linear.h"

namespace gantrain {

MapLinearImpl::MapLinearImpl(int64_t channels, int64_t size, int64_t outputs, bool with_bias)
    : torch::nn::LinearImpl(
          torch::nn::LinearOptions(channels * size * size, outputs).bias(with_bias)),
      channels_(channels),
      size_(size) {}

torch::Tensor MapLinearImpl::forward(const torch::Tensor& map) {
  const torch::Tensor rows = weight.view({-1, channels_, size_, size_});
  return torch::linear(map.permute({0, 2, 3, 1}).flatten(1), rows.permute({0, 2, 3, 1}).flatten(1),
                       bias);
}

}  // namespace gantrain
