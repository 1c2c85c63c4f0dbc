#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// SAGAN's self-attention, arXiv:1805.08318. map x [N, C, H, W], H and W at least 2. With the 1x1
// convolutions without bias query f and key g (to C/8 channels), value h (to C/2) and out v (back
// to C), none of them to fewer than one channel, and with the maps of key and value max-pooled 2x2,
// as in the authors' program:
//
//   s[j, i] = f(x_j) . g(x)_i        for every place j and every pooled place i
//   o_j     = v(sum_i softmax_i(s[j, i]) h(x)_i)
//   y_j     = x_j + gamma * o_j      gamma [1] is 0 at first
//
// Written with plain products, so that penalties can differentiate it twice.
class SelfAttentionImpl : public torch::nn::Module {
 public:
  // spectral: the convolutions are SpectralConv2d.
  SelfAttentionImpl(int64_t channels, bool spectral);
  torch::Tensor forward(const torch::Tensor& map);

 private:
  torch::nn::AnyModule query_, key_, value_, out_;
  torch::Tensor gamma_;
};
TORCH_MODULE(SelfAttention);

}  // namespace gantrain
