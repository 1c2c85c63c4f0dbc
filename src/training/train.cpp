#include "gantrain/training/train.h"

#include <chrono>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/data/registry.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/runtime/memory.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/run_directory.h"
#include "gantrain/training/state_dict.h"

#include "training/due.h"
#include "training/metric_sums.h"

namespace gantrain {
namespace {

constexpr int kDryRunSteps = 3;

// The configuration, where it trains, and what it goes on from.
struct Plan {
  RunConfig config;
  RunStart start;
  std::vector<ConfigDifference> changes;  // by --resume --set
};

std::string differences_text(const std::vector<ConfigDifference>& differences) {
  std::string text;
  for (const ConfigDifference& each : differences) {
    text += "\n  " + each.key + ": " + each.before + " -> " + each.after;
  }
  return text;
}

Plan plan_resume(const TrainRequest& request) {
  Plan plan{{}, resume_target(request.resume), {}};
  const Value root = read_newest_good(plan.start.folder, *plan.start.checkpoint).root;
  const std::string where = printable(plan.start.checkpoint->string());
  const FileHeader header = read_header(root, *plan.start.checkpoint);
  const RunConfig before = parse_run_config(header.config_text, where + " (its configuration)");
  Config now = request.config.empty() ? before.config : load_run_config(request.config, {}).config;
  override_config(now, request.overrides);
  plan.changes = compare_configs(before.config, now);
  std::vector<ConfigDifference> refused;
  for (const ConfigDifference& each : plan.changes) {
    if (each.resume == OnResume::kRefuse) {
      refused.push_back(each);
    }
  }
  if (!refused.empty()) {
    throw Error(ErrorKind::kCheckpoint, where +
                                            ": does not fit the changed configuration; nothing was "
                                            "started. Changed (checkpoint -> asked):" +
                                            differences_text(refused));
  }
  plan.config = make_run_config(std::move(now));
  return plan;
}

Plan make_plan(const TrainRequest& request) {
  if (!request.resume.empty()) {
    return plan_resume(request);
  }
  Plan plan{
      load_run_config(request.config, request.overrides), {RunFolder(""), std::nullopt, false}, {}};
  plan.start = choose_folder(plan.config, {request.run_dir, request.fresh});
  return plan;
}

std::shared_ptr<const Dataset> open_data(const RunConfig& config) {
  auto dataset = open_dataset(config.data.type, config.data.options, image_geometry(config.model),
                              config.config.place("data"));
  log_info("data: " + dataset->info().description);
  if (dataset->info().count < config.training.batch_size) {
    log_info("data: " + format_count(dataset->info().count) + " images, fewer than one batch of " +
             std::to_string(config.training.batch_size) + ": batches go over several epochs");
  }
  return dataset;
}

void describe_networks(TrainingState& state) {
  for (const auto& network : state.model().networks()) {
    log_info(network.key() + ": " + format_count(count_parameters(*network.value())) +
             " parameters");
  }
}

// Reads the state of the run; an unreadable newest checkpoint falls back to the next older one.
void restore(TrainingState& state, const Plan& plan) {
  const LoadedCheckpoint loaded = read_newest_good(plan.start.folder, *plan.start.checkpoint);
  const FileHeader header = read_header(loaded.root, loaded.path);
  if (header.kind != kTrainingKind) {
    throw Error(
        ErrorKind::kCheckpoint,
        printable(loaded.path.string()) +
            ": holds a generator only and cannot be trained on; give a file of checkpoints/");
  }
  state.load(loaded.root, printable(loaded.path.string()));
  log_info("going on from step " + format_count(state.steps_done()) + " (" +
           printable(loaded.path.string()) + ")");
}

bool finished(const TrainingState& state, const RunConfig& config) {
  return config.training.length.unit != LengthUnit::kSeconds &&
         state.steps_done() >= steps_of(config.training.length, config.training.batch_size,
                                        state.dataset().info().count);
}

}  // namespace

StopReason train(const TrainRequest& request) {
  const Plan plan = make_plan(request);
  const RunFolder& folder = plan.start.folder;
  const std::string shown = printable(folder.root().string());
  make_folders(folder.root());
  const FolderLock lock(folder);
  open_log_file(folder.log());
  log_info((plan.start.checkpoint ? "continuing in " : "run folder: ") + shown);

  const Runtime runtime =
      start_runtime(plan.config.runtime, plan.config.config.place("runtime.device"));
  log_info("runtime: " + describe(runtime));
  auto dataset = open_data(plan.config);
  auto state = std::make_unique<TrainingState>(plan.config, runtime, std::move(dataset));
  describe_networks(*state);
  if (request.overfit_batch) {
    state->overfit_one_batch();
    log_info("training on one batch again and again (--overfit-batch)");
  }
  if (plan.start.checkpoint) {
    restore(*state, plan);
    if (finished(*state, plan.config)) {
      log_info("this run is finished (" + format_count(state->steps_done()) +
               " steps); a longer training.length continues it, --fresh starts anew");
      return StopReason::kFinished;
    }
  }
  if (!plan.changes.empty()) {
    log_info("changed on resume:" + differences_text(plan.changes));
  }
  make_run_folder(folder, plan.config, request.command_line);
  record_changes(folder, state->steps_done(), plan.changes);
  Trainer trainer(plan.config, folder, std::move(state), request.max_seconds);
  const StopReason reason = trainer.run();
  log_info(reason == StopReason::kFinished ? "finished; pictures: gantrain sample --ckpt " +
                                                 printable(folder.generator().string()) + " --n 64"
                                           : "stopped; the same command goes on from here");
  return reason;
}

DryRunReport dry_run(const TrainRequest& request) {
  const RunConfig config = load_run_config(request.config, request.overrides);
  const Runtime runtime = start_runtime(config.runtime, config.config.place("runtime.device"));
  auto dataset = open_dataset(config.data.type, config.data.options, image_geometry(config.model),
                              config.config.place("data"));
  DryRunReport report;
  report.data = dataset->info().description;
  report.model = config.model.type;
  report.runtime = describe(runtime);
  if (config.training.length.unit != LengthUnit::kSeconds) {
    report.steps =
        steps_of(config.training.length, config.training.batch_size, dataset->info().count);
  }
  TrainingState state(config, runtime, std::move(dataset));
  for (const auto& network : state.model().networks()) {
    report.parameters.emplace_back(network.key(), count_parameters(*network.value()));
  }
  for (int i = 0; i < kDryRunSteps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    state.step();
    const auto means = state.metrics().means();  // waits for the device
    report.seconds_per_step =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (i == 0) {
      report.losses = means;
    }
  }
  report.memory_bytes = peak_resident_bytes();
  report.device_bytes = peak_device_bytes(runtime.device);
  return report;
}

}  // namespace gantrain
