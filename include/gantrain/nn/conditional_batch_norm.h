#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// torch::nn::BatchNorm2d whose gain and bias are those of each picture's class (arXiv:1707.00683):
// rows of the embeddings "gain" and "offset" [classes, channels], 1 and 0 at first. With classes 0
// it is torch::nn::BatchNorm2d, keys included.
class ConditionalBatchNorm2dImpl : public torch::nn::BatchNorm2dImpl {
 public:
  ConditionalBatchNorm2dImpl(int64_t channels, int64_t classes);
  // map [N, C, H, W]; labels [N] int64, looked at with classes only.
  torch::Tensor forward(const torch::Tensor& map, const torch::Tensor& labels);

 private:
  torch::nn::Embedding gain_ = nullptr;
  torch::nn::Embedding offset_ = nullptr;
};
TORCH_MODULE(ConditionalBatchNorm2d);

}  // namespace gantrain
