#include "gantrain/nn/init.h"

#include "gantrain/nn/spectral_norm.h"

namespace gantrain {
namespace {

template <typename Layer>
bool init_layer(torch::nn::Module& module, double mean, double std) {
  auto* layer = module.as<Layer>();
  if (layer == nullptr) {
    return false;
  }
  if (layer->weight.defined()) {
    layer->weight.normal_(mean, std);
  }
  if (layer->bias.defined()) {
    layer->bias.zero_();
  }
  return true;
}

}  // namespace

void init_normal(torch::nn::Module& module, double std) {
  torch::NoGradGuard no_grad;
  for (const auto& layer : module.modules(/*include_self=*/false)) {
    init_layer<torch::nn::LinearImpl>(*layer, 0, std) ||
        init_layer<torch::nn::Conv2dImpl>(*layer, 0, std) ||
        init_layer<torch::nn::ConvTranspose2dImpl>(*layer, 0, std) ||
        init_layer<SpectralConv2dImpl>(*layer, 0, std) ||
        init_layer<SpectralLinearImpl>(*layer, 0, std) ||
        init_layer<torch::nn::BatchNorm1dImpl>(*layer, 1, std) ||
        init_layer<torch::nn::BatchNorm2dImpl>(*layer, 1, std);
  }
}

}  // namespace gantrain
