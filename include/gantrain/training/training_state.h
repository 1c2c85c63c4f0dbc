#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "gantrain/archive/value.h"
#include "gantrain/data/loader.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

class Ema;
class Health;
class MetricSums;
class Optimizer;
class PhaseRunner;
class RateSchedule;
struct ResumePoint;

// Everything that changes while a run trains, and one step of it: networks, averages, optimizers,
// data position, sums. It writes no file and prints nothing. save() and load() are exact: a loaded
// state goes on bit for bit on the CPU with equal threads.
class TrainingState {
 public:
  // Builds and initialises from config.run.seed. The data set must have the model's geometry.
  TrainingState(const RunConfig& config, const Runtime& runtime,
                std::shared_ptr<const Dataset> dataset);
  ~TrainingState();

  void step();
  int64_t steps_done() const { return step_; }
  int64_t images_seen() const { return images_seen_; }
  void overfit_one_batch();

  // Goes on with other data and other random numbers than before (after a roll-back, so that the
  // run does not walk into the same trouble). Attempts are counted in the checkpoint; 0 = the
  // first.
  void start_attempt(int64_t attempt);
  int64_t attempt() const { return attempt_; }

  // "networks", "ema", "optimizers", "random", "progress", "state" of a checkpoint file; tensors
  // are shared, not copied.
  Value::Dict save() const;
  // Everything is compared before the first tensor is copied: Error(kCheckpoint) with the first ten
  // differences leaves the state as it was. `where` is the file's name.
  void load(const Value& root, const std::string& where);

  // Weights were put into the model by hand: the averages start from them.
  void restart_average();
  // Names of the parameters that training.freeze holds.
  const std::vector<std::string>& frozen() const { return frozen_; }

  GanModel& model() { return *model_; }
  // The generators to show and to ship: averaged when EMA is on.
  const NetworkMap& best_networks() const;
  std::unique_ptr<Generator> best_generator() const;
  const Runtime& runtime() const { return runtime_; }
  const Dataset& dataset() const;
  double seconds_waited_for_data() const;  // all steps of this process together
  BatchLoader& loader() { return *loader_; }
  PhaseRunner& runner() { return *runner_; }
  MetricSums& metrics() { return *metrics_; }
  const Health& health() const { return *health_; }
  const std::map<std::string, std::unique_ptr<Optimizer>>& optimizers() const {
    return optimizers_;
  }

 private:
  uint64_t attempt_seed() const;
  void place_networks();
  void build_optimizers(const RunConfig& config);
  void check_fits(const Value& root, const ResumePoint& point, const std::string& where) const;

  ModelConfig model_config_;
  EmaOptions ema_options_;
  Runtime runtime_;
  int64_t seed_;
  int64_t batch_size_;
  RandomStreams streams_;
  std::unique_ptr<GanModel> model_;
  std::vector<std::string> frozen_;
  std::unique_ptr<Ema> ema_;
  NetworkMap generators_;  // of the model, as trained
  std::map<std::string, std::unique_ptr<Optimizer>> optimizers_;
  std::map<std::string, std::unique_ptr<RateSchedule>> schedules_;  // by optimizer
  std::unique_ptr<BatchLoader> loader_;
  std::unique_ptr<MetricSums> metrics_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<PhaseRunner> runner_;
  int64_t attempt_ = 0;
  int64_t step_ = 0;
  int64_t images_seen_ = 0;
};

}  // namespace gantrain
