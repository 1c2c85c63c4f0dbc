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
#include "gantrain/training/run_directory.h"
#include "gantrain/training/stop.h"

#include "training/checkpoint_choice.h"
#include "training/circumstances.h"
#include "training/due.h"
#include "training/memory_need.h"
#include "training/metric_sums.h"
#include "training/micro_batch.h"
#include "training/transfer.h"
#include "training/validation.h"

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
  const ChosenCheckpoint chosen = choose_checkpoint(plan.start.checkpoints);
  const std::string where = printable(chosen.path.string());
  const RunConfig before =
      parse_run_config(chosen.header.config_text, where + " (its configuration)");
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
  Plan plan{load_run_config(request.config, request.overrides), {RunFolder(""), {}, false}, {}};
  plan.start = choose_folder(plan.config, {request.run_dir, request.fresh});
  return plan;
}

Runtime runtime_of(const RunConfig& config) {
  return start_runtime(config.runtime, config.config.place("runtime.device"),
                       {.through_unet = has_unet(config.model),
                        .penalises_slopes = uses_gradients(config.model.penalty)});
}

bool stop_wanted() {
  return stop_signal() != 0;
}

// cache_file: for decoded images that do not fit into memory; empty: nowhere.
std::shared_ptr<const Dataset> open_data(const RunConfig& config,
                                         const std::filesystem::path& cache_file) {
  return open_dataset(config.data.type, config.data.options, batch_geometry(config.model),
                      config.config.place("data"), {cache_file, stop_wanted});
}

// What is shown and measured; nothing where the run has none.
std::shared_ptr<const Dataset> open_validation(const RunConfig& config,
                                               std::shared_ptr<const Dataset> training) {
  if (config.validation.split == ValidationSplit::kNone) {
    return nullptr;
  }
  if (config.validation.split == ValidationSplit::kTrain) {
    return training;
  }
  auto validation =
      open_dataset(config.data.type, validation_data_options(config), batch_geometry(config.model),
                   config.config.place("data"), {{}, stop_wanted});
  log_info("validation: " + validation->info().description);
  return validation;
}

void describe_data(const Dataset& dataset, int64_t batch_size) {
  log_info("data: " + dataset.info().description);
  if (dataset.info().count < batch_size) {
    log_info("data: " + format_count(dataset.info().count) + " images, fewer than one batch of " +
             std::to_string(batch_size) + ": batches go over several epochs");
  }
}

// Bytes that the run takes of the host, refused when there are less.
uint64_t check_memory(const RunConfig& config, const Runtime& runtime,
                      const std::shared_ptr<const Dataset>& dataset, uint64_t available) {
  if (!runtime.device.is_cpu()) {
    return 0;
  }
  const MemoryNeed need = measure_memory(config, runtime, dataset, available);
  refuse_too_little_memory(need, config, available);
  return need.needed_bytes(need.images_at_once);
}

std::vector<std::pair<std::string, int64_t>> network_sizes(TrainingState& state) {
  std::vector<std::pair<std::string, int64_t>> sizes;
  for (const auto& network : state.model().networks()) {
    sizes.emplace_back(network.key(), count_parameters(*network.value()));
  }
  return sizes;
}

void warn_of_micro_batches(const RunConfig& config, const GanModel& model) {
  const std::vector<std::string> reasons = micro_batch_differences(config, model);
  if (!reasons.empty()) {
    log_warning("training.micro_batch_size " + std::to_string(config.training.micro_batch_size) +
                ": steps are not those of the whole batch of " +
                std::to_string(config.training.batch_size) + ", because " + join(reasons, "; "));
  }
}

// The folder is locked by now. What could not be used is set aside only after another checkpoint
// was loaded.
void restore(TrainingState& state, const std::vector<std::filesystem::path>& checkpoints) {
  const ChosenCheckpoint chosen = choose_checkpoint(checkpoints);
  const std::string where = printable(chosen.path.string());
  state.load(chosen.root, where);
  set_aside(chosen.rejected);
  if (const Value* saved = chosen.root.find("circumstances")) {
    for (const std::string& change :
         changed_circumstances(*saved, circumstances(state.runtime(), state.dataset().info()))) {
      log_warning(change);
    }
  }
  log_info("going on from step " + format_count(state.steps_done()) + " (" + where + ")");
}

// Weights of another run, where the configuration says so.
void start_from_another(TrainingState& state, const RunConfig& config) {
  if (!config.training.init_from.empty()) {
    log_info(describe(transfer_weights(config.training.init_from, state)));
  }
}

bool finished(const TrainingState& state, const RunConfig& config) {
  return config.training.length.unit != LengthUnit::kSeconds &&
         state.steps_done() >= steps_of(config.training.length, config.training.batch_size,
                                        state.dataset().info().count);
}

// Between the parts of the start-up.
void stop_if_asked() {
  throw_if_stopped(stop_wanted);
}

StopReason start_and_train(const TrainRequest& request) {
  const Plan plan = make_plan(request);
  const RunFolder& folder = plan.start.folder;
  const bool resumes = !plan.start.checkpoints.empty();
  stop_if_asked();
  make_folders(folder.root());
  const FolderLock lock(folder);
  open_log_file(folder.log());
  log_info((resumes ? "continuing in " : "run folder: ") + printable(folder.root().string()));

  const Runtime runtime = runtime_of(plan.config);
  log_info("runtime: " + describe(runtime));
  stop_if_asked();
  auto dataset = open_data(plan.config, folder.pixel_cache());
  describe_data(*dataset, plan.config.training.batch_size);
  stop_if_asked();
  auto validation = open_validation(plan.config, dataset);
  const uint64_t available = available_host_bytes();
  auto state = build_state(plan.config, runtime, dataset, available);
  for (const auto& [name, count] : network_sizes(*state)) {
    log_info(name + ": " + format_count(count) + " parameters");
  }
  warn_of_micro_batches(plan.config, state->model());
  if (!state->frozen().empty()) {
    log_info("training.freeze holds " + join(state->frozen(), ", "));
  }
  stop_if_asked();
  if (request.overfit_batch) {
    state->overfit_one_batch();
    log_info("training on one batch again and again (--overfit-batch)");
  }
  if (resumes) {
    restore(*state, plan.start.checkpoints);
    if (finished(*state, plan.config)) {
      log_info("this run is finished (" + format_count(state->steps_done()) +
               " steps); a longer training.length continues it, --fresh starts anew");
      return StopReason::kFinished;
    }
  } else {
    start_from_another(*state, plan.config);
  }
  stop_if_asked();
  if (!plan.changes.empty()) {
    log_info("changed on resume:" + differences_text(plan.changes));
  }
  make_run_folder(folder, plan.config, request.command_line);
  record_changes(folder, state->steps_done(), plan.changes);
  ProcessLimits limits{request.max_seconds};
  if (runtime.device.is_cpu()) {
    limits.step_bytes = bytes_left_for_a_step(*state, available);
  }
  StopReason reason = StopReason::kFinished;
  try {
    reason = Trainer(plan.config, folder, std::move(state), limits, std::move(validation)).run();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kMemory) {
      check_memory(plan.config, runtime, dataset, available);  // says what would fit
    }
    throw;
  }
  const std::string ckpt = " --ckpt " + printable(folder.generator().string());
  const std::string pictures = batch_geometry(plan.config.model).has_inputs()
                                   ? "translate" + ckpt + " --in DIR --out DIR"
                                   : "sample" + ckpt + " --n 64";
  log_info(reason == StopReason::kFinished ? "finished; pictures: gantrain " + pictures
                                           : "stopped; the same command goes on from here");
  return reason;
}

}  // namespace

StopReason train(const TrainRequest& request) {
  try {
    return start_and_train(request);
  } catch (const Stopped&) {
    log_info("stopped before the first step; the same command starts again");
    return StopReason::kSignal;
  }
}

DryRunReport dry_run(const TrainRequest& request) {
  const RunConfig config = load_run_config(request.config, request.overrides);
  const Runtime runtime = runtime_of(config);
  auto dataset = open_data(config, {});
  DryRunReport report;
  report.data = dataset->info().description;
  report.model = config.model.type;
  report.runtime = describe(runtime);
  if (config.training.length.unit != LengthUnit::kSeconds) {
    report.steps =
        steps_of(config.training.length, config.training.batch_size, dataset->info().count);
  }
  const uint64_t before = resident_bytes();
  report.memory_bytes = before + check_memory(config, runtime, dataset, available_host_bytes());
  TrainingState state(config, runtime, std::move(dataset));
  report.parameters = network_sizes(state);
  start_from_another(state, config);
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
  report.device_bytes = peak_device_bytes(runtime.device);
  return report;
}

}  // namespace gantrain
