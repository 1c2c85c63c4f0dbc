#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/config/schema.h"
#include "gantrain/core/option_table.h"

namespace gantrain {

// A small schema with an option of every type, for the tests of this folder.

struct MadeUpRun {
  int64_t seed = 0;
  std::string name;
};

struct MadeUpNet {
  int64_t latent_dim = 100;
  std::vector<int64_t> channels = {64, 32};
  bool bias = false;
  double dropout = 0;
};

struct MadeUpCritic {
  int64_t latent_dim = 8;
  int64_t n_critic = 5;
};

enum class MadeUpPolicy { kFail, kSkip };

struct MadeUpData {
  std::string path;
  MadeUpPolicy policy = MadeUpPolicy::kFail;
  std::vector<std::string> tags;
};

struct MadeUpSynthetic {
  int64_t images = 1000;
};

struct MadeUpAdam {
  double learning_rate = 2e-4;
  std::vector<double> betas = {0.5, 0.999};
};

struct MadeUpSgd {
  double learning_rate = 0.01;
  double momentum = 0;
};

struct MadeUpTraining {
  Length length = {1000, LengthUnit::kSteps};
  Length every = {};
  int64_t batch_size = 64;
  int64_t micro_batch_size = 0;
};

// "" | model (required; net, critic) | data (folder, synthetic; workers for all) |
// optimizer.generator, optimizer.discriminator (adam, sgd) | training
const ConfigSchema& made_up_schema();

}  // namespace gantrain
