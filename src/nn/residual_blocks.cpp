#include "gantrain/nn/residual_blocks.h"

#include <cmath>

#include "gantrain/nn/init.h"
#include "gantrain/nn/spectral_norm.h"

namespace gantrain {
namespace {

torch::nn::AnyModule initialised_conv(int64_t from, int64_t to, int64_t kernel, bool spectral,
                                      double gain) {
  auto layer = any_conv2d(torch::nn::Conv2dOptions(from, to, kernel).padding(kernel / 2), spectral);
  init_layer(*layer.ptr(), WeightInit::kXavierUniform, gain);
  return layer;
}

torch::nn::AnyModule branch_conv(int64_t from, int64_t to, bool spectral) {
  return initialised_conv(from, to, 3, spectral, std::sqrt(2.0));
}

torch::nn::AnyModule shortcut_conv(int64_t from, int64_t to, bool spectral) {
  return initialised_conv(from, to, 1, spectral, 1);
}

torch::Tensor doubled(const torch::Tensor& map) {
  return torch::upsample_nearest2d(map, {2 * map.size(2), 2 * map.size(3)});
}

int64_t hidden_width(const DownBlockOptions& options) {
  return options.first ? options.to : options.from;
}

}  // namespace

UpBlockImpl::UpBlockImpl(int64_t from, int64_t to, int64_t classes, bool spectral)
    : norm1_(register_module("norm1", ConditionalBatchNorm2d(from, classes))),
      norm2_(ConditionalBatchNorm2d(to, classes)),
      conv1_(branch_conv(from, to, spectral)),
      conv2_(branch_conv(to, to, spectral)),
      shortcut_(shortcut_conv(from, to, spectral)) {
  register_module("conv1", conv1_.ptr());
  register_module("norm2", norm2_);
  register_module("conv2", conv2_.ptr());
  register_module("shortcut", shortcut_.ptr());
}

// In place where the layer before keeps nothing of its output for backward: norms and convolutions.
torch::Tensor UpBlockImpl::forward(const torch::Tensor& map, const torch::Tensor& labels) {
  torch::Tensor made = conv1_.forward(doubled(norm1_->forward(map, labels).relu_()));
  made = conv2_.forward(norm2_->forward(made, labels).relu_());
  return made + doubled(shortcut_.forward(map));
}

DownBlockImpl::DownBlockImpl(const DownBlockOptions& options)
    : options_(options),
      conv1_(branch_conv(options.from, hidden_width(options), options.spectral)),
      conv2_(branch_conv(hidden_width(options), options.to, options.spectral)) {
  register_module("conv1", conv1_.ptr());
  register_module("conv2", conv2_.ptr());
  if (options.halves || options.from != options.to) {
    shortcut_ = shortcut_conv(options.from, options.to, options.spectral);
    register_module("shortcut", shortcut_.ptr());
  }
}

torch::Tensor DownBlockImpl::forward(const torch::Tensor& map) {
  torch::Tensor made = conv1_.forward(options_.first ? map : map.relu());
  made = conv2_.forward(made.relu_());
  torch::Tensor beside = map;
  if (options_.halves) {
    made = torch::avg_pool2d(made, 2);
    beside = torch::avg_pool2d(beside, 2);
  }
  return made + (shortcut_.is_empty() ? beside : shortcut_.forward(beside));
}

}  // namespace gantrain
