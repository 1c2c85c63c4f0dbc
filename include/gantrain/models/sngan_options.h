#pragma once

#include <cstdint>
#include <vector>

#include "gantrain/core/option_table.h"

namespace gantrain {

// Residual networks with spectral norm: SNGAN (arXiv:1802.05957), its projection discriminator
// (arXiv:1802.05637), and SAGAN (arXiv:1805.08318), which is the same with attention and with
// spectral norm in the generator, too.
//
// Generator: z -> dense -> map of 4x4; a block for every doubling up to the resolution; batch norm,
// ReLU, convolution k3, tanh. With classes the blocks' batch norms have a gain and bias per class.
// Discriminator: blocks, of which the first `discriminator_downs` halve the map; ReLU, sum over the
// map, dense 1; with classes plus <embedding of the class, sum>. Logits [N].
//
// Empty lists: up to 32 px widths of 256 in the generator, and four blocks of 128 in the
// discriminator, two of which halve; beyond that 64 beside the image, doubling inwards up to 1024,
// with one block more in the discriminator than in the generator, which halve until the map is 4x4.
struct SnganOptions {
  int64_t resolution = 32;  // 4 times a power of two
  int64_t image_channels = 3;
  int64_t latent_dim = 128;
  int64_t classes = 0;  // 0 = unconditional

  std::vector<int64_t> generator_channels;  // of the stem, then of each block
  bool generator_spectral = false;

  std::vector<int64_t> discriminator_channels;  // of each block
  int64_t discriminator_downs = 0;              // 0 = as above
  bool discriminator_spectral = true;
  bool minibatch_stddev = false;  // after the last block

  // Attention on the largest map that is not larger than this, in both networks; 0 = none.
  int64_t attention_size = 0;
};
const OptionTable& sngan_options();

struct SaganOptions : SnganOptions {
  SaganOptions() {
    generator_spectral = true;
    attention_size = 32;
  }
};
const OptionTable& sagan_options();

}  // namespace gantrain
