#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gantrain/data/registry.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/training_state.h"

namespace gantrain {

// A configuration that trains in milliseconds: DCGAN at 8 px on synthetic shapes, with batch norm
// and dropout, and an epoch's end inside every few steps.
inline constexpr const char* kTinyRun = R"({
  "format": 1,
  "seed": 5,
  "model": {"type": "dcgan", "resolution": 8, "image_channels": 1, "latent_dim": 4, "generator_channels": [4],
            "discriminator_channels": [4, 4], "discriminator_dropout": 0.2},
  "data": {"type": "synthetic", "count": 10},
  "training": {"length": "40 steps", "batch_size": 4},
  "ema": {"half_life_kimg": 0.02},
  "runtime": {"precision": "fp32"}
})";

inline RunConfig tiny_config(const std::vector<std::string>& overrides = {}) {
  Config config = parse_config(kTinyRun, "tiny", run_schema());
  override_config(config, overrides);
  return make_run_config(std::move(config));
}

// Conditional variants of the dcgan, by the names that tiny_config_of() knows them by.
inline const std::vector<std::string>& conditional_dcgans() {
  static const std::vector<std::string> names = {"dcgan_concat", "dcgan_projection",
                                                 "dcgan_auxiliary"};
  return names;
}

// The same run with another model of the registry, or with a conditional dcgan; a model whose
// defaults are too large for a test has a row here.
inline RunConfig tiny_config_of(const std::string& model,
                                const std::vector<std::string>& overrides = {}) {
  constexpr std::string_view kVariant = "dcgan_";
  if (model == "dcgan") {
    return tiny_config(overrides);
  }
  if (model.starts_with(kVariant)) {
    std::vector<std::string> all = {"model.classes=4",
                                    "model.conditioning=" + model.substr(kVariant.size())};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return tiny_config(all);
  }
  const std::string networks =
      model == "sngan" || model == "sagan"
          ? R"("latent_dim": 4, "classes": 4, "generator_channels": [3, 3, 3],
      "discriminator_channels": [3, 3], "attention_size": 8, "minibatch_stddev": true)"
          : R"("input_channels": 1, "generator": "resnet", "generator_channels": 3,
      "generator_blocks": 1, "generator_dropout": 0.2, "discriminator_channels": 3,
      "discriminator_layers": 2)";
  Config config = parse_config(R"({"format": 1, "seed": 5, "model": {"type": ")" + model +
                                   R"(", "resolution": 16, "image_channels": 1, )" + networks +
                                   R"(},
      "data": {"type": "synthetic", "count": 10},
      "training": {"length": "40 steps", "batch_size": 4},
      "ema": {"half_life_kimg": 0.02},
      "runtime": {"precision": "fp32"}})",
                               "tiny", run_schema());
  override_config(config, overrides);
  return make_run_config(std::move(config));
}

// What tiny_config_of() knows: every model of the registry, and the conditional dcgans.
inline std::vector<std::string> tiny_models() {
  std::vector<std::string> names = conditional_dcgans();
  for (const SectionVariant& variant : model_variants()) {
    names.push_back(variant.name);
  }
  return names;
}

inline std::unique_ptr<TrainingState> tiny_state(
    const RunConfig& config, torch::MemoryFormat format = torch::MemoryFormat::ChannelsLast) {
  Runtime runtime;
  runtime.map_format = format;
  runtime.precision = config.runtime.precision;
  return std::make_unique<TrainingState>(
      config, runtime,
      open_dataset(config.data.type, config.data.options, batch_geometry(config.model), "data"));
}

}  // namespace gantrain
