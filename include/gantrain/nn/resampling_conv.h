#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// The convolutions of a U-Net: kernel 4, stride 2, padding 1. Parameters, names and results are
// those of torch::nn::Conv2d and ConvTranspose2d. On a CPU, where the smaller of the two maps has
// few positions in the whole batch, they are one matrix product with the weight as it lies in
// memory: there a convolution's time goes into putting the weight into another order and, for the
// gradient of a transposed one, into a kernel made for large maps (1,024 to 512 channels from 2x2
// to 4x4, 16 images, bf16, both ways: 30 instead of 83 ms on two cores). A sum of overlapping
// results is rounded once more in bf16.

// [N, from, H, W] -> [N, to, H / 2, W / 2].
class HalvingConvImpl : public torch::nn::Conv2dImpl {
 public:
  HalvingConvImpl(int64_t from, int64_t to, bool with_bias);
  torch::Tensor forward(const torch::Tensor& map);
};
TORCH_MODULE(HalvingConv);

// [N, from, H, W] -> [N, to, 2 H, 2 W].
class DoublingConvImpl : public torch::nn::ConvTranspose2dImpl {
 public:
  DoublingConvImpl(int64_t from, int64_t to, bool with_bias);
  torch::Tensor forward(const torch::Tensor& map);
};
TORCH_MODULE(DoublingConv);

}  // namespace gantrain
