#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gantrain/config/schema.h"
#include "gantrain/data/dataset.h"
#include "gantrain/losses/objective.h"
#include "gantrain/losses/penalty.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/nn/augment.h"

namespace gantrain {

// What a model is built from: its options struct and the sections that several models share.
struct ModelConfig {
  std::string type;  // a row of the registry
  std::any options;  // that row's options struct
  ObjectiveOptions objective;
  PenaltyOptions penalty;
  AugmentOptions augment = {};
  int64_t images_at_once = 0;  // of a forward in training; 0 = unknown
};

// Keys of different sections that do not go together.
struct ModelConflict {
  std::string key;      // the whole path of the one to point at: "penalty.gradient"
  std::string message;  // a sentence that names the others
};

// Every model, once. Adding a GAN: docs/adding_a_gan.md.
const std::vector<SectionVariant>& model_variants();

// Nothing when all is well. Look before building.
std::optional<ModelConflict> model_conflict(const ModelConfig& config);

// Builds the networks, initialised from the library's default generator (seed it first), on the CPU
// in float32.
std::unique_ptr<GanModel> build_model(const ModelConfig& config);

// Only the networks that making pictures needs, on the CPU.
NetworkMap build_generator_networks(const ModelConfig& config);

// A generator that runs the given networks (their names must be those of generators()).
std::unique_ptr<Generator> build_generator(const ModelConfig& config, NetworkMap networks);

// What the model's images, and inputs, look like; the data set is asked for the same.
BatchGeometry batch_geometry(const ModelConfig& config);
ImageGeometry image_geometry(const ModelConfig& config);

// Whether its generators are U-Nets.
bool has_unet(const ModelConfig& config);

}  // namespace gantrain
