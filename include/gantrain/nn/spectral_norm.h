#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// Spectral normalisation (1802.05957): the weight divided by its largest singular value, which is
// estimated by power iteration from stored vectors. Computes what torch.nn.utils.spectral_norm does
// and has its keys: bias, weight_orig, and the buffers weight_u [rows], weight_v [columns] of the
// weight seen as a matrix [out, the rest]. In training every forward makes one iteration first; in
// eval mode the stored vectors serve. Several forwards may stand in one graph.
class SpectralWeight {
 public:
  // Registers the vectors with `owner`, whose parameter weight_orig [out, ...] is `weight`.
  SpectralWeight(torch::nn::Module& owner, const torch::Tensor& weight);

  // weight_orig / sigma, of weight_orig's shape; float32 or float64 whatever autocast says.
  torch::Tensor normalised(bool training);

 private:
  torch::Tensor original_, u_, v_;
};

// torch::nn::Conv2d, groups 1, zero padding, with that weight.
class SpectralConv2dImpl : public torch::nn::Module {
 public:
  explicit SpectralConv2dImpl(const torch::nn::Conv2dOptions& options);
  torch::Tensor forward(const torch::Tensor& input);

  torch::Tensor bias, weight;  // weight is weight_orig; an undefined bias is none

 private:
  SpectralConv2dImpl(const torch::nn::Conv2dOptions& options, const torch::nn::Conv2d& plain);
  torch::nn::Conv2dOptions options_;
  SpectralWeight spectral_;
};
TORCH_MODULE(SpectralConv2d);

// torch::nn::Linear with that weight.
class SpectralLinearImpl : public torch::nn::Module {
 public:
  explicit SpectralLinearImpl(const torch::nn::LinearOptions& options);
  torch::Tensor forward(const torch::Tensor& input);

  torch::Tensor bias, weight;  // weight is weight_orig; an undefined bias is none

 private:
  explicit SpectralLinearImpl(const torch::nn::Linear& plain);
  SpectralWeight spectral_;
};
TORCH_MODULE(SpectralLinear);

// torch::nn::Embedding with that weight, Xavier-uniform at first: labels [N] int64 -> rows [N,
// features].
class SpectralEmbeddingImpl : public torch::nn::Module {
 public:
  SpectralEmbeddingImpl(int64_t classes, int64_t features);
  torch::Tensor forward(const torch::Tensor& labels);

  torch::Tensor weight;  // weight_orig, [classes, features]

 private:
  SpectralWeight spectral_;
};
TORCH_MODULE(SpectralEmbedding);

// Layers with or without it.
torch::nn::AnyModule any_conv2d(const torch::nn::Conv2dOptions& options, bool spectral);
torch::nn::AnyModule any_linear(const torch::nn::LinearOptions& options, bool spectral);

}  // namespace gantrain
