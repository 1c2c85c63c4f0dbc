#include "models/sngan_layout.h"

#include <algorithm>
#include <string>

#include <torch/torch.h>

namespace gantrain {
namespace {

constexpr int64_t kSmallResolution = 32;
constexpr int64_t kSmallGeneratorWidth = 256;
constexpr int64_t kSmallDiscriminatorWidth = 128;
constexpr int64_t kSmallDiscriminatorBlocks = 4;
constexpr int64_t kSmallDowns = 2;
constexpr int64_t kOutermostWidth = 64;
constexpr int64_t kInnermostWidth = 1024;

using Widths = std::vector<int64_t>;

// How often the base doubles to the resolution; nothing where it does not.
std::optional<int64_t> doublings(int64_t resolution) {
  int64_t count = 0;
  for (int64_t side = kSnganBase; side <= resolution; side *= 2, ++count) {
    if (side == resolution) {
      return count;
    }
  }
  return std::nullopt;
}

std::string nearest_resolutions(int64_t resolution) {
  int64_t below = 2 * kSnganBase;
  while (2 * below < resolution) {
    below *= 2;
  }
  return std::to_string(below) + " and " + std::to_string(2 * below);
}

// 64, 128, ... 1024, 1024, ...
Widths widening(int64_t count) {
  Widths widths;
  int64_t width = kOutermostWidth;
  for (int64_t i = 0; i < count; ++i, width = std::min(2 * width, kInnermostWidth)) {
    widths.push_back(width);
  }
  return widths;
}

void fill_in(const SnganOptions& options, int64_t ups, SnganLayout& layout) {
  const bool small = options.resolution <= kSmallResolution;
  layout.generator = options.generator_channels;
  if (layout.generator.empty()) {
    layout.generator =
        small ? Widths(static_cast<size_t>(ups + 1), kSmallGeneratorWidth) : widening(ups + 1);
    std::reverse(layout.generator.begin(), layout.generator.end());
  }
  layout.discriminator = options.discriminator_channels;
  if (layout.discriminator.empty()) {
    layout.discriminator =
        small ? Widths(kSmallDiscriminatorBlocks, kSmallDiscriminatorWidth) : widening(ups + 1);
  }
  layout.downs = options.discriminator_downs;
  if (layout.downs == 0) {
    layout.downs =
        std::min(small ? kSmallDowns : ups, static_cast<int64_t>(layout.discriminator.size()));
  }
}

// The block after which the discriminator's map is first no larger than `size`.
int64_t first_small_block(const SnganOptions& options, const SnganLayout& layout, int64_t size) {
  for (int64_t block = 0; block < static_cast<int64_t>(layout.discriminator.size()); ++block) {
    if (options.resolution >> std::min(block + 1, layout.downs) <= size) {
      return block;
    }
  }
  return kNoAttention;
}

std::optional<OptionConflict> place_attention(const SnganOptions& options, int64_t ups,
                                              SnganLayout& layout) {
  const int64_t size = options.attention_size;
  if (size == 0) {
    return std::nullopt;
  }
  for (int64_t block = 0; block < ups && kSnganBase << (block + 1) <= size; ++block) {
    layout.generator_attention = block;
  }
  layout.discriminator_attention = first_small_block(options, layout, size);
  const bool nowhere = layout.discriminator_attention == kNoAttention;
  if (nowhere || layout.generator_attention == kNoAttention) {
    return OptionConflict{"attention_size",
                          std::string("the ") + (nowhere ? "discriminator" : "generator") +
                              " has no map of " + std::to_string(size) +
                              " px or fewer behind a block; set it to 0, or higher"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SnganLayout> sngan_layout(const SnganOptions& options,
                                        std::optional<OptionConflict>& conflict) {
  const auto ups = doublings(options.resolution);
  if (!ups || *ups == 0) {
    conflict = OptionConflict{
        "resolution", "must be 4 times a power of two (got " + std::to_string(options.resolution) +
                          "); the nearest ones are " + nearest_resolutions(options.resolution)};
    return std::nullopt;
  }
  SnganLayout layout;
  fill_in(options, *ups, layout);
  if (layout.generator.size() != static_cast<size_t>(*ups + 1)) {
    conflict = OptionConflict{
        "generator_channels",
        "needs " + std::to_string(*ups + 1) + " entries for a resolution of " +
            std::to_string(options.resolution) + ", the stem's and one for every doubling (got " +
            std::to_string(layout.generator.size()) + ")"};
    return std::nullopt;
  }
  const auto blocks = static_cast<int64_t>(layout.discriminator.size());
  if (layout.downs > blocks || options.resolution >> layout.downs < 1) {
    conflict = OptionConflict{
        "discriminator_downs",
        "must be at most " + std::to_string(std::min(blocks, *ups + 2)) + " with " +
            std::to_string(blocks) + " entries of discriminator_channels and a resolution of " +
            std::to_string(options.resolution) + " (got " + std::to_string(layout.downs) + ")"};
    return std::nullopt;
  }
  conflict = place_attention(options, *ups, layout);
  return conflict ? std::nullopt : std::optional(std::move(layout));
}

SnganLayout sngan_layout(const SnganOptions& options) {
  std::optional<OptionConflict> conflict;
  auto layout = sngan_layout(options, conflict);
  TORCH_CHECK(layout.has_value(),
              conflict ? conflict->key + ": " + conflict->message : "no layout");
  return std::move(*layout);
}

}  // namespace gantrain
