#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gantrain/core/run_folder.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/training_state.h"

namespace gantrain {

class MetricsLog;
class SampleGrid;
class Saver;
class Validation;
struct Progress;

enum class StopReason { kFinished, kSignal, kMaxTime };

// Of one process.
struct ProcessLimits {
  double seconds = 0;  // 0 = no limit
  // Of the host's memory that the tensors of the first step may take.
  std::optional<uint64_t> step_bytes = std::nullopt;
};

// The loop round a TrainingState: logs, sample grids, snapshots, checkpoints, each due by its own
// interval, and stopping.
class Trainer {
 public:
  // `state` may come from a checkpoint; then log lines of later steps are cut off, and the last one
  // left says how long the run has trained. validation: what grids show and what is measured,
  // instead of what is learnt from; or nothing.
  Trainer(const RunConfig& config, RunFolder folder, std::unique_ptr<TrainingState> state,
          const ProcessLimits& limits, std::shared_ptr<const Dataset> validation = nullptr);
  ~Trainer();

  // Trains until the configured length, a signal, or max_seconds. The last state is saved in every
  // case. A signal that comes after the last step is a stop by a signal, too. After 25 skipped
  // steps in a row (seen when a log line is due) the run goes back to the newest checkpoint from
  // before them, with another data order and other random numbers, three times at most. Throws
  // Error(kDiverged) when training cannot be rescued, Error(kOutput) after three failed saves in a
  // row, Error(kMemory) when the first step would take more than its limit.
  StopReason run();

 private:
  using Clock = std::chrono::steady_clock;

  bool done() const;
  Progress progress() const;
  void write_first_files();
  void take_step();
  void fire_events(const Progress& before);
  void write_log_line();
  void show_state();
  void write_samples();
  struct Wanted {
    bool checkpoint = false;
    bool snapshot = false;
    bool best = false;
    bool ends_training = false;  // nothing changes until it is written
  };
  void save(Wanted files);
  void check_saver();
  void roll_back(int64_t skipped_steps);
  std::vector<std::filesystem::path> outdated_checkpoints(int64_t newest) const;
  double seconds() const;

  const RunConfig& config_;
  RunFolder folder_;
  std::unique_ptr<TrainingState> state_;
  std::unique_ptr<Generator> generator_;
  std::unique_ptr<MetricsLog> metrics_log_;
  std::unique_ptr<Saver> saver_;
  ProcessLimits limits_;
  int64_t total_steps_;
  std::unique_ptr<SampleGrid> grid_;
  std::unique_ptr<Validation> validation_;
  int64_t last_saved_step_ = -1;
  int failed_saves_ = 0;
  Clock::time_point started_;
  double seconds_before_ = 0;  // of earlier processes of this run
  // Since the last log line: time inside steps, and their number.
  double step_seconds_ = 0;
  int64_t timed_steps_ = 0;
  double waited_before_ = 0;  // for data, until the last log line
  std::string last_losses_;
  double last_step_seconds_ = 0;
};

}  // namespace gantrain
