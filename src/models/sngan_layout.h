#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gantrain/models/sngan_options.h"

namespace gantrain {

inline constexpr int64_t kSnganBase = 4;  // side of the generator's first map
inline constexpr int64_t kNoAttention = -1;

// The options with empty lists filled in, and what they come to.
struct SnganLayout {
  std::vector<int64_t> generator;              // widths: the stem's, then each block's
  std::vector<int64_t> discriminator;          // widths of the blocks
  int64_t downs = 0;                           // of the discriminator's first blocks
  int64_t generator_attention = kNoAttention;  // after this block
  int64_t discriminator_attention = kNoAttention;
};

// Works the layout out. On options that do not fit together `conflict` gets the key and a sentence,
// and nothing is returned.
std::optional<SnganLayout> sngan_layout(const SnganOptions& options,
                                        std::optional<OptionConflict>& conflict);

// The same for options that were checked.
SnganLayout sngan_layout(const SnganOptions& options);

}  // namespace gantrain
