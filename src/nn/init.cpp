#include "gantrain/nn/init.h"

#include "gantrain/nn/spectral_norm.h"

namespace gantrain {
namespace {

void fill(const torch::Tensor& weight, WeightInit kind, double gain) {
  switch (kind) {
    case WeightInit::kNormal:
      weight.normal_(0, gain);
      break;
    case WeightInit::kXavier:
      torch::nn::init::xavier_normal_(weight, gain);
      break;
    case WeightInit::kXavierUniform:
      torch::nn::init::xavier_uniform_(weight, gain);
      break;
    case WeightInit::kKaiming:
      torch::nn::init::kaiming_normal_(weight);
      break;
    case WeightInit::kOrthogonal:
      torch::nn::init::orthogonal_(weight, gain);
      break;
  }
}

template <typename Layer>
bool init_as(torch::nn::Module& module, WeightInit kind, double gain) {
  auto* layer = module.as<Layer>();
  if (layer == nullptr) {
    return false;
  }
  fill(layer->weight, kind, gain);
  if (layer->bias.defined()) {
    layer->bias.zero_();
  }
  return true;
}

template <typename Norm>
bool init_norm(torch::nn::Module& module, double gain) {
  auto* norm = module.as<Norm>();
  if (norm == nullptr) {
    return false;
  }
  if (norm->weight.defined()) {
    norm->weight.normal_(1, gain);
    norm->bias.zero_();
  }
  return true;
}

}  // namespace

bool init_layer(torch::nn::Module& layer, WeightInit kind, double gain) {
  torch::NoGradGuard no_grad;
  return init_as<torch::nn::LinearImpl>(layer, kind, gain) ||
         init_as<torch::nn::Conv2dImpl>(layer, kind, gain) ||
         init_as<torch::nn::ConvTranspose2dImpl>(layer, kind, gain) ||
         init_as<SpectralConv2dImpl>(layer, kind, gain) ||
         init_as<SpectralLinearImpl>(layer, kind, gain);
}

void init_weights(torch::nn::Module& module, WeightInit kind, double gain) {
  torch::NoGradGuard no_grad;
  for (const auto& layer : module.modules(/*include_self=*/false)) {
    init_layer(*layer, kind, gain) || init_norm<torch::nn::BatchNorm1dImpl>(*layer, gain) ||
        init_norm<torch::nn::BatchNorm2dImpl>(*layer, gain);
  }
}

void init_normal(torch::nn::Module& module, double std) {
  init_weights(module, WeightInit::kNormal, std);
}

}  // namespace gantrain
