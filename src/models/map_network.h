#pragma once

#include <memory>

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

namespace gantrain {

// A network of maps [N, C, H, W] that gives maps: a generator that translates pictures, or a
// discriminator of one logit per patch.
class MapNetwork : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& map) = 0;
};
using MapNetworkPtr = std::shared_ptr<MapNetwork>;

// Initialised as the options say, inputs of `from` channels to pictures in [-1, 1] of `to`
// channels. A residual generator may go beyond [-1, 1].
MapNetworkPtr build_translator(const TranslationOptions& options, int64_t from, int64_t to);

// [N, channels, H, W] -> logits [N, 1, h, w].
MapNetworkPtr build_judge(const TranslationOptions& options, int64_t channels);

}  // namespace gantrain
