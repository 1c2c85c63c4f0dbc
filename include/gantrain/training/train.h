#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/training/trainer.h"

namespace gantrain {

// A training command as the user gave it.
struct TrainRequest {
  std::filesystem::path config;        // empty only with resume
  std::vector<std::string> overrides;  // --set, and what --data, --name, --epochs stand for
  std::filesystem::path run_dir;
  std::string resume;  // RUN, FILE, "latest" or empty
  bool fresh = false;
  bool overfit_batch = false;
  double max_seconds = 0;    // 0 = no limit
  std::string command_line;  // for command.txt
};

// Trains, from the beginning or from where the run was. Throws Error.
StopReason train(const TrainRequest& request);

// What a run would be: printed by --dry-run.
struct DryRunReport {
  std::string model;
  std::string data;
  std::string runtime;
  std::vector<std::pair<std::string, int64_t>> parameters;  // per network
  int64_t steps = 0;                                        // of the whole run; 0 = limited by time
  double seconds_per_step = 0;                              // of the third step
  uint64_t memory_bytes = 0;                                // of this process, estimated
  uint64_t device_bytes = 0;
  std::vector<std::pair<std::string, double>> losses;  // of the first step
};

// Builds the networks, runs a few steps, and leaves nothing behind.
DryRunReport dry_run(const TrainRequest& request);

}  // namespace gantrain
