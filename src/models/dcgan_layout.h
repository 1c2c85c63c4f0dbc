#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gantrain/models/dcgan_options.h"

namespace gantrain {

// One convolution stage of a DCGAN: a map of in_size x in_size becomes out_size x out_size.
struct DcganStage {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t in_size = 0;
  int64_t out_size = 0;
  int64_t kernel = 0;
  int64_t stride = 0;
  int64_t padding = 0;
  int64_t output_padding = 0;  // transposed convolutions only
};

// The options with empty lists filled in, and what they come to.
struct DcganLayout {
  int64_t base_size = 0;  // of the stem's map
  int64_t base_channels = 0;
  std::vector<DcganStage> generator;  // after the stem; the last one makes the image
  std::vector<DcganStage> discriminator;
  std::vector<int64_t> generator_widths;  // of dense layers; then there are no stages
  std::vector<int64_t> discriminator_widths;
  int64_t head_size = 0;  // side of the map before the discriminator's head
  int64_t head_channels = 0;
};

// Works the layout out. On options that do not fit together `conflict` gets the key and a sentence,
// and nothing is returned.
std::optional<DcganLayout> dcgan_layout(const DcganOptions& options,
                                        std::optional<OptionConflict>& conflict);

// The same for options that were checked.
DcganLayout dcgan_layout(const DcganOptions& options);

}  // namespace gantrain
