#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/archive/foreign_weights.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// Which file has the weights of which generator.
struct ImportSource {
  std::string network;  // "g_ab"; "" where the model has one generator
  std::filesystem::path file;
  std::string place;  // of the state dict in the file; "" = found by itself
};

struct ImportedNetwork {
  std::string network;
  std::filesystem::path file;
  ForeignWeights weights;
  WeightMatch match;
};

// Reads weights that another program saved into the generators of a configuration and writes them
// as a g.pt of step 0. Every network has to fit entirely, all numbers have to be finite; otherwise
// an Error(kCheckpoint) lists the first ten differences and nothing is written.
std::vector<ImportedNetwork> import_weights(const std::vector<ImportSource>& sources,
                                            const RunConfig& config,
                                            const std::filesystem::path& out);

}  // namespace gantrain
