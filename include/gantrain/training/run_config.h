#pragma once

#include <any>
#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/config/config.h"
#include "gantrain/models/registry.h"
#include "gantrain/runtime/device.h"
#include "gantrain/training/ema.h"
#include "gantrain/training/run_options.h"
#include "gantrain/training/update_options.h"

namespace gantrain {

// All sections of a run's configuration, from the tables of the parts that own them.
const ConfigSchema& run_schema();

struct PartConfig {
  std::string type;
  std::any options;
};

struct OptimizerConfig {
  PartConfig part;
  UpdateOptions update;
};

// A configuration in the types of the parts.
struct RunConfig {
  Config config;  // as it was read; for to_json, messages and comparisons
  RunOptions run;
  ModelConfig model;
  PartConfig data;
  OptimizerConfig generator_optimizer;
  OptimizerConfig discriminator_optimizer;
  TrainingOptions training;
  EmaOptions ema;
  SampleOptions samples;
  ValidationOptions validation;
  CheckpointOptions checkpoints;
  LogOptions log;
  RuntimeOptions runtime;
};

// How many bits a sample of the pictures has that the run learns from and makes.
int picture_bits(const RunConfig& config);

// Throws Error(kConfig) when sections do not go together.
RunConfig make_run_config(Config config);

// From a file on the command line; an empty name becomes the file's stem.
RunConfig load_run_config(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides);

// From the JSON text inside a checkpoint or a run folder; `name` is used in messages.
RunConfig parse_run_config(const std::string& text, const std::string& name);

}  // namespace gantrain
