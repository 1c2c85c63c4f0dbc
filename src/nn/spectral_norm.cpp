#include "gantrain/nn/spectral_norm.h"

namespace gantrain {
namespace {

constexpr double kNormGuard = 1e-12;  // torch.nn.utils.spectral_norm's eps

torch::Tensor unit(const torch::Tensor& vector) {
  return vector / vector.norm().clamp_min(kNormGuard);
}

}  // namespace

SpectralWeight::SpectralWeight(torch::nn::Module& owner, const torch::Tensor& weight)
    : original_(weight) {
  const auto options = weight.options().requires_grad(false);
  const int64_t rows = weight.size(0);
  u_ = owner.register_buffer("weight_u", unit(torch::randn({rows}, options)));
  v_ = owner.register_buffer("weight_v", unit(torch::randn({weight.numel() / rows}, options)));
}

torch::Tensor SpectralWeight::normalised(bool training) {
  const c10::impl::ExcludeDispatchKeyGuard full_precision(c10::autocast_dispatch_keyset);
  const torch::Tensor matrix = original_.reshape({original_.size(0), -1});
  if (training) {
    torch::NoGradGuard no_grad;
    v_.copy_(unit(torch::mv(matrix.t(), u_)));
    u_.copy_(unit(torch::mv(matrix, v_)));
  }
  // Copies, because the next forward overwrites the vectors that this one's backward needs.
  const torch::Tensor sigma = torch::dot(u_.clone(), torch::mv(matrix, v_.clone()));
  return original_ / sigma;
}

SpectralConv2dImpl::SpectralConv2dImpl(const torch::nn::Conv2dOptions& options)
    : SpectralConv2dImpl(options, torch::nn::Conv2d(options)) {}

SpectralConv2dImpl::SpectralConv2dImpl(const torch::nn::Conv2dOptions& options,
                                       const torch::nn::Conv2d& plain)
    : bias(register_parameter("bias", plain->bias, plain->bias.defined())),
      weight(register_parameter("weight_orig", plain->weight)),
      options_(options),
      spectral_(*this, weight) {}

torch::Tensor SpectralConv2dImpl::forward(const torch::Tensor& input) {
  const auto& padding = std::get<torch::ExpandingArray<2>>(options_.padding());
  return torch::conv2d(input, spectral_.normalised(is_training()), bias, options_.stride(),
                       padding);
}

SpectralLinearImpl::SpectralLinearImpl(const torch::nn::LinearOptions& options)
    : SpectralLinearImpl(torch::nn::Linear(options)) {}

SpectralLinearImpl::SpectralLinearImpl(const torch::nn::Linear& plain)
    : bias(register_parameter("bias", plain->bias, plain->bias.defined())),
      weight(register_parameter("weight_orig", plain->weight)),
      spectral_(*this, weight) {}

torch::Tensor SpectralLinearImpl::forward(const torch::Tensor& input) {
  return torch::linear(input, spectral_.normalised(is_training()), bias);
}

SpectralEmbeddingImpl::SpectralEmbeddingImpl(int64_t classes, int64_t features)
    : weight(register_parameter("weight_orig", torch::empty({classes, features}))),
      spectral_(*this, weight) {
  torch::nn::init::xavier_uniform_(weight);
}

torch::Tensor SpectralEmbeddingImpl::forward(const torch::Tensor& labels) {
  return torch::embedding(spectral_.normalised(is_training()), labels);
}

torch::nn::AnyModule any_conv2d(const torch::nn::Conv2dOptions& options, bool spectral) {
  return spectral ? torch::nn::AnyModule(SpectralConv2d(options))
                  : torch::nn::AnyModule(torch::nn::Conv2d(options));
}

torch::nn::AnyModule any_linear(const torch::nn::LinearOptions& options, bool spectral) {
  return spectral ? torch::nn::AnyModule(SpectralLinear(options))
                  : torch::nn::AnyModule(torch::nn::Linear(options));
}

}  // namespace gantrain
