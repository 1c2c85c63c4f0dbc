#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/core/length.h"
#include "gantrain/core/option_table.h"

namespace gantrain {

// The sections of a configuration that belong to the run itself. Each has its table; run_config.h
// puts all sections together.

struct RunOptions {  // the root
  std::string name;  // "" = the configuration file's name
  int64_t seed = 0;
};
const OptionTable& run_options();

struct TrainingOptions {
  Length length{10, LengthUnit::kEpochs};
  int64_t batch_size = 64;
  int64_t micro_batch_size = 0;  // 0 = batch_size
  std::string init_from;         // file or run folder whose weights the run starts from; "" = none
  std::vector<std::string> freeze;  // names of parameters that never move; * = any characters
};
const OptionTable& training_options();
// The micro-batch, or the whole one.
int64_t images_at_once(const TrainingOptions& options);

struct SampleOptions {
  Length every{1, LengthUnit::kEpochs};
  int64_t count = 64;
  int64_t seed = 0;
};
const OptionTable& sample_options();

enum class ValidationSplit { kNone, kTrain, kVal, kTest };
enum class BestBy { kL1, kPsnr, kSsim };
struct ValidationOptions {
  ValidationSplit split = ValidationSplit::kNone;
  Length every{1, LengthUnit::kEpochs};
  int64_t count = 0;  // 0 = all
  BestBy best_by = BestBy::kL1;
};
const OptionTable& validation_options();

struct CheckpointOptions {
  Length every{1, LengthUnit::kEpochs};
  int64_t keep = 2;
  Length keep_every{0, LengthUnit::kSteps};
  Length snapshot_every{5, LengthUnit::kEpochs};
};
const OptionTable& checkpoint_options();

struct LogOptions {
  Length every{50, LengthUnit::kSteps};
};
const OptionTable& log_options();

}  // namespace gantrain
