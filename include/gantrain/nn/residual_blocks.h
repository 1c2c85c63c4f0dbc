#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/nn/conditional_batch_norm.h"

namespace gantrain {

// The pre-activation residual blocks of SNGAN (arXiv:1802.05957, appendix B) and its followers.
// Convolutions have biases, 0 at first; weights are Xavier-uniform, with gain sqrt(2) in the branch
// and 1 in the shortcut. Where the shortcut has a 1x1 convolution beside a change of size, it
// stands on the smaller map: enlarging by repetition and averaging commute with it.

// Of a generator, doubles the map: norm, ReLU, nearest x2, convolution k3, norm, ReLU, convolution
// k3; beside it convolution k1, nearest x2. Layers: "norm1", "conv1", "norm2", "conv2", "shortcut".
class UpBlockImpl : public torch::nn::Module {
 public:
  // classes: of the norms, 0 = plain batch norms. spectral: of all convolutions.
  UpBlockImpl(int64_t from, int64_t to, int64_t classes, bool spectral);
  torch::Tensor forward(const torch::Tensor& map, const torch::Tensor& labels);

 private:
  ConditionalBatchNorm2d norm1_, norm2_;
  torch::nn::AnyModule conv1_, conv2_, shortcut_;
};
TORCH_MODULE(UpBlock);

struct DownBlockOptions {
  int64_t from = 0;
  int64_t to = 0;
  bool first = false;  // sees images: no ReLU before its first convolution
  bool halves = true;  // the map, by averages of 2x2
  bool spectral = true;
};

// Of a discriminator: ReLU, convolution k3, ReLU, convolution k3, average; beside it average,
// convolution k1 (none where neither size nor width changes). Layers: "conv1", "conv2", "shortcut".
// The first convolution keeps the width, that of the first block goes to the new one.
class DownBlockImpl : public torch::nn::Module {
 public:
  explicit DownBlockImpl(const DownBlockOptions& options);
  torch::Tensor forward(const torch::Tensor& map);

 private:
  DownBlockOptions options_;
  torch::nn::AnyModule conv1_, conv2_, shortcut_;
};
TORCH_MODULE(DownBlock);

}  // namespace gantrain
