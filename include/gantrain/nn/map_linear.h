#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// torch::nn::Flatten and torch::nn::Linear in one: [N, C, H, W] -> [N, out]. Weight and bias are
// those of the Linear, [out, C * H * W] in the order of channels, rows, columns; it is the weight
// that is put into the order of a channels_last map, so that neither the map nor its gradient is.
class MapLinearImpl : public torch::nn::LinearImpl {
 public:
  MapLinearImpl(int64_t channels, int64_t size, int64_t outputs, bool with_bias);
  torch::Tensor forward(const torch::Tensor& map);

 private:
  int64_t channels_;
  int64_t size_;  // H = W
};
TORCH_MODULE(MapLinear);

}  // namespace gantrain
