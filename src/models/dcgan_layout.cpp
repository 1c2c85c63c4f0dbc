#include "models/dcgan_layout.h"

#include <algorithm>
#include <string>

#include <torch/torch.h>

namespace gantrain {
namespace {

constexpr int64_t kSmallestBase = 4;
constexpr int64_t kWidestChannels = 512;
constexpr int64_t kOuterChannels = 64;
constexpr int64_t kDenseWidth = 256;

using Conflict = std::optional<OptionConflict>;
using Sizes = std::vector<int64_t>;

bool is_base_times_power(int64_t resolution) {
  while (resolution >= 2 * kSmallestBase && resolution % 2 == 0) {
    resolution /= 2;
  }
  return resolution >= kSmallestBase && resolution < 2 * kSmallestBase;
}

Conflict check_resolution(int64_t resolution) {
  if (resolution < 2 * kSmallestBase) {
    return OptionConflict{"resolution",
                          "must be at least 8 unless both networks have dense layers "
                          "(got " +
                              std::to_string(resolution) + ")"};
  }
  if (is_base_times_power(resolution)) {
    return std::nullopt;
  }
  int64_t below = resolution;
  int64_t above = resolution;
  while (below > 2 * kSmallestBase && !is_base_times_power(below)) {
    --below;
  }
  while (!is_base_times_power(above)) {
    ++above;
  }
  return OptionConflict{"resolution", "must be a base of 4 to 8 times a power of two (got " +
                                          std::to_string(resolution) + "); the nearest ones are " +
                                          std::to_string(below) + " and " + std::to_string(above)};
}

int64_t natural_stages(int64_t resolution) {
  int64_t stages = 0;
  for (; resolution >= 2 * kSmallestBase; resolution /= 2) {
    ++stages;
  }
  return stages;
}

// 64, 128, 256, 512, 512, ...
Sizes natural_channels(int64_t stages) {
  Sizes channels;
  for (int64_t i = 0; i < stages; ++i) {
    channels.push_back(i > 3 ? kWidestChannels : std::min(kWidestChannels, kOuterChannels << i));
  }
  return channels;
}

// A list with one entry per stage from one that may be empty or hold one entry for all.
std::optional<Sizes> per_stage(const Sizes& list, size_t stages, int64_t fallback, const char* key,
                               Conflict& conflict) {
  if (list.size() == stages) {
    return list;
  }
  if (list.size() <= 1) {
    return Sizes(stages, list.empty() ? fallback : list[0]);
  }
  conflict =
      OptionConflict{key, "needs one entry, or one for each of the " + std::to_string(stages) +
                              " stages (got " + std::to_string(list.size()) + ")"};
  return std::nullopt;
}

bool lay_generator_stage(const DcganOptions& options, DcganStage& stage, Conflict& conflict) {
  stage.padding = (stage.kernel - 1) / 2;
  if (options.generator_upsampling == DcganUpsampling::kNearest) {
    if (stage.kernel % 2 == 0) {
      conflict = OptionConflict{"generator_kernels",
                                "generator_upsampling \"nearest\" needs odd kernels (got " +
                                    std::to_string(stage.kernel) + ")"};
      return false;
    }
    if (stage.in_size * stage.stride != stage.out_size) {
      conflict = OptionConflict{"generator_strides",
                                "generator_upsampling \"nearest\" cannot make " +
                                    std::to_string(stage.out_size) + " px from " +
                                    std::to_string(stage.in_size) + " px with stride " +
                                    std::to_string(stage.stride)};
      return false;
    }
    return true;
  }
  const int64_t plain = (stage.in_size - 1) * stage.stride - 2 * stage.padding + stage.kernel;
  stage.output_padding = stage.out_size - plain;
  if (stage.output_padding < 0 || stage.output_padding >= std::max<int64_t>(stage.stride, 1)) {
    conflict = OptionConflict{
        "generator_kernels",
        "a transposed convolution with kernel " + std::to_string(stage.kernel) + " and stride " +
            std::to_string(stage.stride) + " cannot make " + std::to_string(stage.out_size) +
            " px from " + std::to_string(stage.in_size) + " px; try kernel " +
            std::to_string(stage.stride == 1 || stage.in_size * 2 != stage.out_size ? 3 : 4)};
    return false;
  }
  return true;
}

Sizes dense_widths(const Sizes& channels) {
  return channels.empty() ? Sizes{kDenseWidth, kDenseWidth} : channels;
}

// The first key that only convolutions have a use for.
Conflict check_dense_layers(const DcganOptions& options) {
  const auto refuse = [](const char* network, const char* key, const char* found) {
    return OptionConflict{std::string(network) + "_" + key,
                          std::string(network) + "_layers \"dense\" has no stages (got " + found +
                              "); leave this key out"};
  };
  if (options.generator_layers == DcganLayers::kDense) {
    if (!options.generator_strides.empty()) {
      return refuse("generator", "strides", "a list of strides");
    }
    if (options.generator_upsampling == DcganUpsampling::kNearest) {
      return refuse("generator", "upsampling", "\"nearest\"");
    }
    if (options.generator_stem_norm == DcganStemNorm::kFeatures) {
      return refuse("generator", "stem_norm", "\"features\"");
    }
  }
  if (options.discriminator_layers == DcganLayers::kDense &&
      !options.discriminator_strides.empty()) {
    return refuse("discriminator", "strides", "a list of strides");
  }
  return std::nullopt;
}

bool lay_generator(const DcganOptions& options, DcganLayout& layout, Conflict& conflict) {
  if (options.generator_layers == DcganLayers::kDense) {
    layout.generator_widths = dense_widths(options.generator_channels);
    return true;
  }
  Sizes channels = options.generator_channels;
  if (channels.empty()) {
    const size_t stages = options.generator_strides.empty()
                              ? static_cast<size_t>(natural_stages(options.resolution))
                              : options.generator_strides.size();
    channels = natural_channels(static_cast<int64_t>(stages));
    std::reverse(channels.begin(), channels.end());
  }
  if (options.generator_stem == DcganStem::kTransposed &&
      options.generator_stem_norm == DcganStemNorm::kFeatures) {
    conflict = OptionConflict{"generator_stem_norm",
                              "\"features\" needs generator_stem \"dense\" (got \"transposed\")"};
    return false;
  }
  const size_t stages = channels.size();
  if (!options.generator_strides.empty() && options.generator_strides.size() != stages) {
    conflict = OptionConflict{"generator_strides",
                              "must have as many entries as generator_channels (got " +
                                  std::to_string(options.generator_strides.size()) + " and " +
                                  std::to_string(stages) + ")"};
    return false;
  }
  const auto strides =
      per_stage(options.generator_strides, stages, 2, "generator_strides", conflict);
  const auto kernels =
      per_stage(options.generator_kernels, stages, 4, "generator_kernels", conflict);
  if (!strides || !kernels) {
    return false;
  }
  Sizes sizes(stages + 1);
  sizes[stages] = options.resolution;
  for (size_t i = stages; i > 0; --i) {
    sizes[i - 1] = (sizes[i] + (*strides)[i - 1] - 1) / (*strides)[i - 1];
  }
  layout.base_size = sizes[0];
  layout.base_channels = channels[0];
  for (size_t i = 0; i < stages; ++i) {
    DcganStage stage;
    stage.in_channels = channels[i];
    stage.out_channels = i + 1 < stages ? channels[i + 1] : options.image_channels;
    stage.in_size = sizes[i];
    stage.out_size = sizes[i + 1];
    stage.kernel = (*kernels)[i];
    stage.stride = (*strides)[i];
    if (!lay_generator_stage(options, stage, conflict)) {
      return false;
    }
    layout.generator.push_back(stage);
  }
  return true;
}

bool lay_discriminator(const DcganOptions& options, DcganLayout& layout, Conflict& conflict) {
  if (options.discriminator_layers == DcganLayers::kDense) {
    layout.discriminator_widths = dense_widths(options.discriminator_channels);
    return true;
  }
  const Sizes channels = options.discriminator_channels.empty()
                             ? natural_channels(natural_stages(options.resolution))
                             : options.discriminator_channels;
  const auto strides = per_stage(options.discriminator_strides, channels.size(), 2,
                                 "discriminator_strides", conflict);
  const auto kernels = per_stage(options.discriminator_kernels, channels.size(), 4,
                                 "discriminator_kernels", conflict);
  if (!strides || !kernels) {
    return false;
  }
  layout.head_size = options.resolution;
  layout.head_channels = options.image_channels;
  for (size_t i = 0; i < channels.size(); ++i) {
    DcganStage stage;
    stage.in_channels = layout.head_channels;
    stage.out_channels = channels[i];
    stage.in_size = layout.head_size;
    stage.kernel = (*kernels)[i];
    stage.stride = (*strides)[i];
    stage.padding = (stage.kernel - 1) / 2;
    stage.out_size = (stage.in_size + 2 * stage.padding - stage.kernel) / stage.stride + 1;
    if (stage.in_size + 2 * stage.padding < stage.kernel || stage.out_size < 1) {
      conflict = OptionConflict{"discriminator_channels",
                                "has too many stages: stage " + std::to_string(i + 1) +
                                    " would get a map of " + std::to_string(stage.in_size) +
                                    " px; remove entries, or raise resolution"};
      return false;
    }
    layout.head_size = stage.out_size;
    layout.head_channels = stage.out_channels;
    layout.discriminator.push_back(stage);
  }
  return true;
}

}  // namespace

std::optional<DcganLayout> dcgan_layout(const DcganOptions& options,
                                        std::optional<OptionConflict>& conflict) {
  conflict = check_dense_layers(options);
  const bool has_maps = options.generator_layers == DcganLayers::kConvolution ||
                        options.discriminator_layers == DcganLayers::kConvolution;
  if (!conflict && has_maps) {
    conflict = check_resolution(options.resolution);
  }
  DcganLayout layout;
  if (conflict || !lay_generator(options, layout, conflict) ||
      !lay_discriminator(options, layout, conflict)) {
    return std::nullopt;
  }
  return layout;
}

DcganLayout dcgan_layout(const DcganOptions& options) {
  std::optional<OptionConflict> conflict;
  auto layout = dcgan_layout(options, conflict);
  TORCH_CHECK(layout.has_value(),
              conflict ? conflict->key + ": " + conflict->message : "no layout");
  return std::move(*layout);
}

}  // namespace gantrain
