#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

#include "models/map_network.h"

namespace gantrain {

// SRGAN's generator (arXiv:1609.04802): convolution k9 and PReLU; generator_blocks blocks of
// (convolution k3, norm, PReLU, [dropout], convolution k3, norm) that are added to their input;
// convolution k3, norm, added to what the blocks were given; for every doubling convolution k3 to
// four times the width, pixel shuffle (1609.05158), PReLU; convolution k9. Unlike there the result
// is added to the input, enlarged bicubically, so that it begins as good as that; it may leave
// [-1, 1] a little. Without doublings it is a residual generator at the input's own size. Layers:
// "head", "blocks", "trunk", "up", "tail". Any size.
class ResidualGenerator : public MapNetwork {
 public:
  ResidualGenerator(const TranslationOptions& options, int64_t channels);
  torch::Tensor forward(const torch::Tensor& input) override;

 private:
  int64_t scale_;
  torch::nn::Sequential head_, blocks_, trunk_, up_, tail_;
};

}  // namespace gantrain
