#pragma once

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

#include "models/map_network.h"

namespace gantrain {

// The generator of CycleGAN (arXiv:1703.10593, after 1603.08155): convolution k7, two of stride 2,
// generator_blocks residual blocks, two transposed convolutions of stride 2, convolution k7, tanh.
// One Sequential "model"; a block's layers are "conv_block". Sides must be multiples of 4.
class ResnetGenerator : public MapNetwork {
 public:
  ResnetGenerator(const TranslationOptions& options, int64_t from, int64_t to);
  torch::Tensor forward(const torch::Tensor& input) override;

 private:
  torch::nn::Sequential model_;
};

}  // namespace gantrain
