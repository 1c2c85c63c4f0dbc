#include "gantrain/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/core/version.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/runtime/memory.h"
#include "gantrain/runtime/memory_meter.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/optimizer.h"
#include "gantrain/training/pictures.h"
#include "gantrain/training/stop.h"

#include "training/checkpoint_choice.h"
#include "training/circumstances.h"
#include "training/due.h"
#include "training/health.h"
#include "training/metric_sums.h"
#include "training/metrics_log.h"
#include "training/sample_grid.h"
#include "training/saver.h"
#include "training/validation.h"

namespace gantrain {
namespace {

constexpr int kFailedSavesAllowed = 3;
constexpr int64_t kSkippedStepsAllowed = 25;
constexpr int64_t kRollBacksAllowed = 3;

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// "d_real 0.51  g 1.2  D(x) 0.71": losses and reports without their prefixes.
std::string summary_of(const std::vector<std::pair<std::string, double>>& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    const size_t slash = name.find('/');
    const std::string prefix = name.substr(0, slash);
    if (prefix == "Loss" || prefix == "Report" || prefix == "Validation") {
      text += "  " + name.substr(slash + 1) + " " + short_number(value);
    }
  }
  return text;
}

void write_or_warn(const std::filesystem::path& path, const Image& grid) {
  try {
    write_png(path, grid);
  } catch (const Error& problem) {
    log_warning(std::string(problem.what()) + "; training goes on without this sample grid");
  }
}

}  // namespace

Trainer::Trainer(const RunConfig& config, RunFolder folder, std::unique_ptr<TrainingState> state,
                 const ProcessLimits& limits, std::shared_ptr<const Dataset> validation)
    : config_(config),
      folder_(std::move(folder)),
      state_(std::move(state)),
      generator_(state_->best_generator()),
      metrics_log_(std::make_unique<MetricsLog>(folder_.metrics())),
      saver_(std::make_unique<Saver>()),
      limits_(limits),
      started_(Clock::now()) {
  const bool timed = config_.training.length.unit == LengthUnit::kSeconds;
  total_steps_ = timed ? 0
                       : steps_of(config_.training.length, config_.training.batch_size,
                                  state_->dataset().info().count);
  const Dataset& shown = validation ? *validation : state_->dataset();
  grid_ = std::make_unique<SampleGrid>(config_, *generator_, shown, state_->runtime());
  seconds_before_ = metrics_log_->cut_back(state_->steps_done());
  if (validation) {
    validation_ =
        std::make_unique<Validation>(config_.validation, std::move(validation), state_->runtime());
    validation_->read_best(folder_.metrics());
  }
}

Trainer::~Trainer() = default;

StopReason Trainer::run() {
  started_ = Clock::now();
  if (state_->steps_done() == 0) {
    write_first_files();
  } else {
    last_saved_step_ = state_->steps_done();
  }
  StopReason reason = StopReason::kFinished;
  while (!done()) {
    if (stop_signal() != 0) {
      reason = StopReason::kSignal;
      break;
    }
    if (limits_.seconds > 0 && seconds_between(started_, Clock::now()) >= limits_.seconds) {
      reason = StopReason::kMaxTime;
      break;
    }
    const Progress before = progress();
    take_step();
    fire_events(before);
  }
  check_saver();
  while (state_->steps_done() != last_saved_step_) {  // check_saver() ends it by its error
    save({.checkpoint = true, .ends_training = true});
    check_saver();
  }
  clear_progress();
  return stop_signal() != 0 ? StopReason::kSignal : reason;
}

void Trainer::take_step() {
  const auto start = Clock::now();
  {
    // In a run's first step every phase is due, and nearly all is allocated that steps ever need.
    std::optional<MemoryMeter> meter;
    if (limits_.step_bytes) {
      meter.emplace(torch::kCPU, *std::exchange(limits_.step_bytes, std::nullopt));
    }
    state_->step();
  }
  step_seconds_ += seconds_between(start, Clock::now());
  ++timed_steps_;
}

bool Trainer::done() const {
  if (total_steps_ > 0) {
    return state_->steps_done() >= total_steps_;
  }
  return seconds() >= config_.training.length.amount;
}

Progress Trainer::progress() const {
  return {state_->steps_done(), state_->images_seen(), seconds()};
}

double Trainer::seconds() const {
  return seconds_before_ + seconds_between(started_, Clock::now());
}

void Trainer::write_first_files() {
  make_folders(folder_.samples());
  const int64_t count = std::min(config_.samples.count, state_->dataset().info().count);
  const HostBatch reals =
      some_of(state_->dataset(), count, static_cast<uint64_t>(config_.samples.seed));
  torch::Tensor images = torch::empty(reals.images.sizes());
  to_unit_range(reals.images, images);
  write_or_warn(folder_.real_images(), shown_together(images, picture_bits(config_)));
  write_samples();
  save({.checkpoint = true});
}

void Trainer::fire_events(const Progress& before) {
  const Progress now = progress();
  const int64_t size = state_->dataset().info().count;
  const bool last = done();
  const bool validated = validation_ && validation_->measures() &&
                         (last || crossed(config_.validation.every, before, now, size));
  const bool best = validated && validation_->measure(*generator_);
  if (last || validated || crossed(config_.log.every, before, now, size)) {
    write_log_line();
    if (state_->steps_done() < now.step) {
      return;  // rolled back
    }
  }
  show_state();
  if (last || crossed(config_.samples.every, before, now, size)) {
    write_samples();
  }
  const bool snapshot = crossed(config_.checkpoints.snapshot_every, before, now, size);
  const bool asked = take_save_request();
  const bool checkpoint = last || asked || crossed(config_.checkpoints.every, before, now, size);
  if (checkpoint || snapshot || best) {
    save({checkpoint, snapshot, best, /*ends_training=*/last});
  }
}

void Trainer::write_log_line() {
  const Health::Reading health =
      state_->health().read();  // waits for the device: the time belongs to the steps
  const auto means = state_->metrics().means();
  state_->metrics().reset();
  const Progress now = progress();
  last_step_seconds_ = timed_steps_ > 0 ? step_seconds_ / static_cast<double>(timed_steps_) : 0;
  const double rate = last_step_seconds_ > 0
                          ? static_cast<double>(config_.training.batch_size) / last_step_seconds_
                          : 0;
  const double waited = state_->seconds_waited_for_data();
  const double waited_a_step =
      (waited - waited_before_) / static_cast<double>(std::max<int64_t>(1, timed_steps_));
  waited_before_ = waited;
  step_seconds_ = 0;
  timed_steps_ = 0;

  std::vector<std::pair<std::string, double>> values;
  values.emplace_back("kimg", static_cast<double>(now.images_seen) / 1000);
  values.emplace_back("epoch", measure(now, LengthUnit::kEpochs, state_->dataset().info().count));
  values.insert(values.end(), means.begin(), means.end());
  if (validation_) {
    const auto measured = validation_->take();
    values.insert(values.end(), measured.begin(), measured.end());
  }
  std::string rates;
  for (const auto& [name, optimizer] : state_->optimizers()) {
    values.emplace_back("Rate/" + name, optimizer->rate());
    if (optimizer->rate_factor() != 1) {
      rates += "  " + name + "_rate " + short_number(optimizer->rate());
    }
  }
  values.emplace_back("Health/skipped_steps", static_cast<double>(health.skipped));
  values.emplace_back("Timing/step_ms", last_step_seconds_ * 1000);
  values.emplace_back("Timing/data_wait_ms", waited_a_step * 1000);
  values.emplace_back("Timing/images_per_second", rate);
  values.emplace_back(kTrainedSeconds, now.seconds);
  values.emplace_back("Resources/memory_bytes", static_cast<double>(resident_bytes()));
  values.emplace_back("Resources/device_peak_bytes",
                      static_cast<double>(peak_device_bytes(state_->runtime().device)));
  metrics_log_->write(now.step, values);

  last_losses_ = summary_of(values) + rates;
  if (!stderr_is_terminal()) {
    log_info("step " + std::to_string(now.step) +
             (total_steps_ > 0 ? "/" + std::to_string(total_steps_) : "") + "  " +
             short_number(rate) + " images/s" + last_losses_);
  }
  if (health.consecutive >= kSkippedStepsAllowed) {
    roll_back(health.consecutive);
  }
}

void Trainer::roll_back(int64_t skipped_steps) {
  check_saver();
  const int64_t step = state_->steps_done();
  const std::string seen = "losses or gradients were not finite in the last " +
                           std::to_string(skipped_steps) + " steps (until step " +
                           std::to_string(step) + ")";
  auto good = folder_.checkpoints_by_step();
  std::reverse(good.begin(), good.end());
  std::erase_if(good, [&](const auto& path) {
    return RunFolder::step_of_checkpoint(path) > step - skipped_steps;
  });
  if (state_->attempt() >= kRollBacksAllowed || good.empty()) {
    throw Error(ErrorKind::kDiverged,
                "training diverged: " + seen + ", after " + std::to_string(state_->attempt()) +
                    (state_->attempt() == 1 ? " roll-back" : " roll-backs") +
                    "; checkpoints from before are in " +
                    printable(folder_.checkpoints().string()) + "; try a lower learning_rate");
  }
  const int64_t attempt = state_->attempt() + 1;
  const ChosenCheckpoint loaded = choose_checkpoint(good);
  set_aside(loaded.rejected);
  state_->load(loaded.root, printable(loaded.path.string()));
  state_->start_attempt(attempt);
  metrics_log_->cut_back(state_->steps_done());
  last_saved_step_ = state_->steps_done();
  log_warning(seen + "; rolled back to step " + std::to_string(state_->steps_done()) +
              ", with another order of the data (" + std::to_string(attempt) + " of " +
              std::to_string(kRollBacksAllowed) + ")");
}

void Trainer::show_state() {
  if (!stderr_is_terminal()) {
    return;
  }
  const Progress now = progress();
  std::string line = "step " + std::to_string(now.step);
  const double pace = last_step_seconds_ > 0
                          ? last_step_seconds_
                          : step_seconds_ / std::max<double>(1, static_cast<double>(timed_steps_));
  if (total_steps_ > 0) {
    line += "/" + std::to_string(total_steps_) + " (" +
            std::to_string(100 * now.step / total_steps_) + "%)";
  }
  char epoch[32];
  std::snprintf(epoch, sizeof epoch, "  epoch %.2f",
                measure(now, LengthUnit::kEpochs, state_->dataset().info().count));
  line += epoch;
  if (pace > 0) {
    line +=
        "  " + short_number(static_cast<double>(config_.training.batch_size) / pace) + " images/s";
    const double left = total_steps_ > 0 ? pace * static_cast<double>(total_steps_ - now.step)
                                         : config_.training.length.amount - now.seconds;
    line += "  ETA " + format_duration(std::max(0.0, left));
  }
  show_progress(line + last_losses_);
}

void Trainer::write_samples() {
  write_or_warn(folder_.sample(state_->steps_done()), grid_->draw(*generator_));
}

void Trainer::save(Wanted wanted) {
  check_saver();
  FileHeader header;
  header.kind = kGeneratorKind;
  header.config_text = config_.config.to_json();
  header.version = version();
  header.step = state_->steps_done();
  header.images_seen = state_->images_seen();
  const Value generator = generator_file(header, state_->best_networks());
  std::vector<Saver::File> files;
  std::vector<std::filesystem::path> outdated;
  if (wanted.checkpoint) {
    header.kind = kTrainingKind;
    Value::Dict root;
    root.emplace_back("gantrain", header_value(header));
    for (auto& entry : state_->save()) {
      root.push_back(std::move(entry));
    }
    root.emplace_back("circumstances", circumstances(state_->runtime(), state_->dataset().info()));
    files.push_back({folder_.checkpoint(header.step), std::move(root)});
    files.push_back({folder_.generator(), generator});
    // While steps are being skipped, older checkpoints may be needed to roll back to.
    if (state_->health().read().consecutive == 0) {
      outdated = outdated_checkpoints(header.step);
    }
    last_saved_step_ = header.step;
  }
  if (wanted.best) {
    files.push_back({folder_.best(), generator});
  }
  if (wanted.snapshot) {
    files.push_back({folder_.snapshot(header.step), generator});
  }
  saver_->save(std::move(files), std::move(outdated),
               wanted.ends_training ? Meanwhile::kWaits : Meanwhile::kTrains);
}

void Trainer::check_saver() {
  const Saver::Outcome outcome = saver_->finish();
  if (!outcome.attempted) {
    return;
  }
  if (!outcome.failed) {
    failed_saves_ = 0;
    return;
  }
  if (outcome.kind == ErrorKind::kDiverged) {
    throw Error(ErrorKind::kDiverged, outcome.error);
  }
  last_saved_step_ = -1;
  ++failed_saves_;
  if (failed_saves_ >= kFailedSavesAllowed) {
    throw Error(ErrorKind::kOutput,
                outcome.error + "; " + std::to_string(failed_saves_) + " saves in a row failed");
  }
  log_warning(outcome.error + "; training goes on, older checkpoints are untouched");
}

std::vector<std::filesystem::path> Trainer::outdated_checkpoints(int64_t newest) const {
  std::vector<std::filesystem::path> outdated;
  auto existing = folder_.checkpoints_by_step();
  std::erase_if(existing,
                [&](const auto& path) { return RunFolder::step_of_checkpoint(path) >= newest; });
  const int64_t batch = config_.training.batch_size;
  const auto kept_for_good = [&](const std::filesystem::path& path) {
    const int64_t step = RunFolder::step_of_checkpoint(path);
    return step > 0 && crossed(config_.checkpoints.keep_every, {step - 1, (step - 1) * batch, 0},
                               {step, step * batch, 0}, state_->dataset().info().count);
  };
  std::erase_if(existing, kept_for_good);
  const auto keep =
      static_cast<size_t>(config_.checkpoints.keep) - 1;  // the new one is the first of them
  for (size_t i = 0; i + keep < existing.size(); ++i) {
    outdated.push_back(existing[i]);
  }
  return outdated;
}

}  // namespace gantrain
