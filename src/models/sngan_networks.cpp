#include "models/sngan_networks.h"

#include "gantrain/nn/init.h"
#include "gantrain/nn/module_tools.h"

namespace gantrain {
namespace {

torch::nn::AnyModule xavier_layer(torch::nn::AnyModule layer) {
  init_layer(*layer.ptr(), WeightInit::kXavierUniform, /*gain=*/1);
  return layer;
}

template <typename Block>
torch::nn::ModuleList list_of(const std::vector<Block>& blocks) {
  torch::nn::ModuleList list;
  for (const Block& block : blocks) {
    list->push_back(block);
  }
  return list;
}

// Sums over the map, in full precision: a map of 8x8 has 64 of them to add.
torch::Tensor sums_of(const torch::Tensor& map) {
  const auto type = map.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
  return map.sum({2, 3}, /*keepdim=*/false, type);
}

}  // namespace

SnganGeneratorImpl::SnganGeneratorImpl(const SnganOptions& options)
    : layout_(sngan_layout(options)) {
  const bool spectral = options.generator_spectral;
  const std::vector<int64_t>& widths = layout_.generator;
  stem_ = xavier_layer(any_linear(
      torch::nn::LinearOptions(options.latent_dim, widths[0] * kSnganBase * kSnganBase), spectral));
  register_module("stem", stem_.ptr());
  for (size_t i = 1; i < widths.size(); ++i) {
    blocks_.emplace_back(widths[i - 1], widths[i], options.classes, spectral);
  }
  register_module("blocks", list_of(blocks_));
  if (layout_.generator_attention != kNoAttention) {
    const auto block = static_cast<size_t>(layout_.generator_attention);
    attention_ = register_module("attention", SelfAttention(widths[block + 1], spectral));
  }
  norm_ = register_module("norm", ConditionalBatchNorm2d(widths.back(), /*classes=*/0));
  last_ = xavier_layer(any_conv2d(
      torch::nn::Conv2dOptions(widths.back(), options.image_channels, 3).padding(1), spectral));
  register_module("last", last_.ptr());
}

torch::Tensor SnganGeneratorImpl::forward(const torch::Tensor& z, const torch::Tensor& labels) {
  torch::Tensor map = stem_.forward(z)
                          .view({z.size(0), layout_.generator[0], kSnganBase, kSnganBase})
                          .contiguous(map_format_of(*this));
  for (size_t i = 0; i < blocks_.size(); ++i) {
    map = blocks_[i]->forward(map, labels);
    if (static_cast<int64_t>(i) == layout_.generator_attention) {
      map = attention_->forward(map);
    }
  }
  return last_.forward(norm_->forward(map, labels).relu_()).tanh();
}

SnganDiscriminatorImpl::SnganDiscriminatorImpl(const SnganOptions& options)
    : layout_(sngan_layout(options)) {
  const bool spectral = options.discriminator_spectral;
  const std::vector<int64_t>& widths = layout_.discriminator;
  for (size_t i = 0; i < widths.size(); ++i) {
    blocks_.emplace_back(DownBlockOptions{.from = i == 0 ? options.image_channels : widths[i - 1],
                                          .to = widths[i],
                                          .first = i == 0,
                                          .halves = static_cast<int64_t>(i) < layout_.downs,
                                          .spectral = spectral});
  }
  register_module("blocks", list_of(blocks_));
  if (layout_.discriminator_attention != kNoAttention) {
    const auto block = static_cast<size_t>(layout_.discriminator_attention);
    attention_ = register_module("attention", SelfAttention(widths[block], spectral));
  }
  int64_t features = widths.back();
  if (options.minibatch_stddev) {
    minibatch_stddev_ = register_module("minibatch_stddev", MinibatchStddev());
    ++features;
  }
  dense_ = xavier_layer(any_linear(torch::nn::LinearOptions(features, 1), spectral));
  register_module("dense", dense_.ptr());
  if (options.classes > 0) {
    embedding_ = register_module("embedding", SpectralEmbedding(options.classes, features));
  }
}

Judgement SnganDiscriminatorImpl::forward(const Shown& shown) {
  torch::Tensor map = shown.images;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    map = blocks_[i]->forward(map);
    if (static_cast<int64_t>(i) == layout_.discriminator_attention) {
      map = attention_->forward(map);
    }
  }
  if (!minibatch_stddev_.is_empty()) {
    map = minibatch_stddev_->forward(map);
  }
  const torch::Tensor sums = sums_of(map.relu());
  torch::Tensor logits = dense_.forward(sums).flatten();
  if (!embedding_.is_empty()) {
    logits = logits + (embedding_->forward(shown.labels) * sums).sum(1);
  }
  return Judgement{logits};
}

}  // namespace gantrain
