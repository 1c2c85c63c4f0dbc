#include "models/patch_discriminator.h"

#include <algorithm>

#include "models/map_layers.h"

namespace gantrain {
namespace {

namespace nn = torch::nn;

constexpr int64_t kWidest = 8;  // times discriminator_channels

nn::Conv2d patch_convolution(int64_t from, int64_t to, int64_t stride, bool bias) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, 4).stride(stride).padding(1).bias(bias));
}

}  // namespace

PatchDiscriminator::PatchDiscriminator(const TranslationOptions& options, int64_t channels) {
  const MapNorm norm = options.discriminator_norm;
  const auto width = [&](int64_t layer) {
    return options.discriminator_channels * std::min(kWidest, int64_t{1} << layer);
  };
  const int64_t layers = options.discriminator_layers;
  model_->push_back(patch_convolution(channels, width(0), 2, /*bias=*/true));
  add_leaky_relu(model_);
  for (int64_t layer = 1; layer <= layers; ++layer) {
    const int64_t stride = layer < layers ? 2 : 1;
    model_->push_back(patch_convolution(width(layer - 1), width(layer), stride, bias_before(norm)));
    add_norm(model_, norm, width(layer));
    add_leaky_relu(model_);
  }
  model_->push_back(patch_convolution(width(layers), 1, 1, /*bias=*/true));
  register_module("model", model_);
}

torch::Tensor PatchDiscriminator::forward(const torch::Tensor& images) {
  return model_->forward(images);
}

PixelDiscriminator::PixelDiscriminator(const TranslationOptions& options, int64_t channels) {
  const int64_t width = options.discriminator_channels;
  const bool bias = bias_before(options.discriminator_norm);
  net_->push_back(nn::Conv2d(nn::Conv2dOptions(channels, width, 1)));
  add_leaky_relu(net_);
  net_->push_back(nn::Conv2d(nn::Conv2dOptions(width, 2 * width, 1).bias(bias)));
  add_norm(net_, options.discriminator_norm, 2 * width);
  add_leaky_relu(net_);
  net_->push_back(nn::Conv2d(nn::Conv2dOptions(2 * width, 1, 1).bias(bias)));
  register_module("net", net_);
}

torch::Tensor PixelDiscriminator::forward(const torch::Tensor& images) {
  return net_->forward(images);
}

}  // namespace gantrain
