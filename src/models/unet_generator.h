#pragma once

#include <memory>

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

#include "models/map_network.h"

namespace gantrain {

// pix2pix' U-Net (arXiv:1611.07004): every level halves the map (convolution k4 s2 p1), hands it to
// the next level inwards and doubles it back (transposed convolution k4 s2 p1); what a level was
// given goes out beside what it made. Widths from outside: c, 2c, 4c, 8c, 8c, ... with c =
// generator_channels. Keys: model.model.{0,3} outermost, model.model.1.model.{1,2,5,6} the next,
// and so on with ".3.model" for every level inwards. Sides must be multiples of 2^downs.
class UnetGenerator : public MapNetwork {
 public:
  UnetGenerator(const TranslationOptions& options, int64_t from, int64_t to);
  torch::Tensor forward(const torch::Tensor& input) override;

 private:
  std::shared_ptr<MapNetwork> model_;
};

}  // namespace gantrain
