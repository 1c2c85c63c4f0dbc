#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

#include "models/map_network.h"

namespace gantrain {

// PatchGAN (arXiv:1611.07004): discriminator_layers convolutions k4 of stride 2, one of stride 1,
// and one to a logit; leaky ReLU 0.2 between, norm after all but the first and the last. Widths c,
// 2c, 4c, 8c, 8c, ... One Sequential "model".
class PatchDiscriminator : public MapNetwork {
 public:
  PatchDiscriminator(const TranslationOptions& options, int64_t channels);
  torch::Tensor forward(const torch::Tensor& images) override;

 private:
  torch::nn::Sequential model_;
};

// The same with 1x1 convolutions: every pixel by itself. One Sequential "net".
class PixelDiscriminator : public MapNetwork {
 public:
  PixelDiscriminator(const TranslationOptions& options, int64_t channels);
  torch::Tensor forward(const torch::Tensor& images) override;

 private:
  torch::nn::Sequential net_;
};

}  // namespace gantrain
