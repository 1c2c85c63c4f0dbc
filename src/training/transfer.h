#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/training/training_state.h"

namespace gantrain {

// What a run takes over from a file of another one, training.init_from: every tensor whose network,
// name and shape are those of the model's.
struct Transfer {
  std::filesystem::path file;           // that was read
  int64_t step = 0;                     // of its run
  int64_t taken = 0;                    // tensors
  std::vector<std::string> mismatched;  // of another shape, and so as initialised
  std::vector<std::string> left;        // not in the file, and so as initialised
  std::vector<std::string> unused;      // in the file alone
};

// path: g.pt, a snapshot, a checkpoint, a file of `gantrain import`, or a run folder. Generators
// come averaged where the file has them so; averages of the new run start from them. Optimizers and
// counters start anew. Throws Error(kCheckpoint) before anything is copied: no such file, not ours,
// numbers that are not finite, or nothing that fits.
Transfer transfer_weights(const std::filesystem::path& path, TrainingState& state);

// For the log, with at most ten names of each list.
std::string describe(const Transfer& transfer);

}  // namespace gantrain
