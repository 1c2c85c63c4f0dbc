#include "gantrain/training/training_state.h"

#include <algorithm>

#include "gantrain/nn/module_tools.h"
#include "gantrain/training/ema.h"
#include "gantrain/training/optimizer.h"
#include "gantrain/training/state_dict.h"

#include "training/freeze.h"
#include "training/gradient_clip.h"
#include "training/health.h"
#include "training/metric_sums.h"
#include "training/misfits.h"
#include "training/phase_runner.h"
#include "training/rate_schedule.h"
#include "training/resume_point.h"
#include "training/state_value.h"

namespace gantrain {
namespace {

constexpr int64_t kRank = 0;

std::vector<NamedParameter> parameters_of(const NetworkMap& networks,
                                          const std::vector<std::string>& names) {
  std::vector<NamedParameter> result;
  for (const auto& network : networks) {
    if (std::find(names.begin(), names.end(), network.key()) == names.end()) {
      continue;
    }
    for (const auto& parameter : network.value()->named_parameters()) {
      result.push_back({network.key() + "." + parameter.key(), parameter.value()});
    }
  }
  return result;
}

std::map<std::string, GradientClip> clips_of(const RunConfig& config) {
  const auto clip = [](const OptimizerConfig& optimizer) {
    return GradientClip{optimizer.update.clip_norm, optimizer.update.clip_value};
  };
  return {{"generator", clip(config.generator_optimizer)},
          {"discriminator", clip(config.discriminator_optimizer)}};
}

NetworkMap subset(const NetworkMap& networks, const std::vector<std::string>& names) {
  NetworkMap result;
  for (const std::string& name : names) {
    result.insert(name, networks[name]);
  }
  return result;
}

// An entry of a dictionary; where there is none, a null that fits nothing.
const Value& part(const Value& tree, const std::string& key) {
  static const Value nothing;
  const Value* found = tree.is<Value::Dict>() ? tree.find(key) : nullptr;
  return found != nullptr ? *found : nothing;
}

}  // namespace

TrainingState::TrainingState(const RunConfig& config, const Runtime& runtime,
                             std::shared_ptr<const Dataset> dataset)
    : model_config_(config.model),
      ema_options_(config.ema),
      runtime_(runtime),
      seed_(config.run.seed),
      batch_size_(config.training.batch_size),
      streams_(static_cast<uint64_t>(config.run.seed), kRank, runtime.device) {
  streams_.seed_library(0, 0, "init");
  model_ = build_model(config.model);
  place_networks();
  frozen_ =
      freeze_parameters(*model_, config.training.freeze, config.config.place("training.freeze"));
  generators_ = subset(model_->networks(), model_->generators());
  if (ema_options_.enabled) {
    NetworkMap averaged = build_generator_networks(config.model);
    for (const auto& network : averaged) {
      place_module(*network.value(), runtime_.device, runtime_.parameter_type(),
                   runtime_.map_format);
    }
    ema_ = std::make_unique<Ema>(ema_options_, generators_, averaged);
  }
  loader_ = std::make_unique<BatchLoader>(std::move(dataset), batch_size_,
                                          static_cast<uint64_t>(seed_), runtime_.device,
                                          runtime_.parameter_type(), runtime_.map_format);
  build_optimizers(config);
  metrics_ = std::make_unique<MetricSums>();
  health_ = std::make_unique<Health>(runtime_.device);
  const int64_t micro =
      config.training.micro_batch_size > 0 ? config.training.micro_batch_size : batch_size_;
  runner_ =
      std::make_unique<PhaseRunner>(*model_, optimizers_, streams_, runtime_, micro, *metrics_);
  runner_->set_clips(clips_of(config));
}

TrainingState::~TrainingState() = default;

void TrainingState::place_networks() {
  for (const auto& network : model_->networks()) {
    place_module(*network.value(), runtime_.device, runtime_.parameter_type(), runtime_.map_format);
    network.value()->train();
  }
  model_->place_state(runtime_.device, runtime_.parameter_type());
}

void TrainingState::build_optimizers(const RunConfig& config) {
  struct Duty {
    std::vector<std::string> networks;
    int64_t lazy_interval = 1;
  };
  std::map<std::string, Duty> duties;
  for (const Phase& phase : model_->phases(0)) {
    Duty& duty = duties[phase.optimizer];
    duty.networks.insert(duty.networks.end(), phase.networks.begin(), phase.networks.end());
    duty.lazy_interval = std::max(duty.lazy_interval, phase.interval);
  }
  for (const auto& [name, duty] : duties) {
    const auto& [part, update] =
        name == "generator" ? config.generator_optimizer : config.discriminator_optimizer;
    optimizers_[name] =
        build_optimizer(part.type, part.options, parameters_of(model_->networks(), duty.networks),
                        duty.lazy_interval);
    schedules_[name] = std::make_unique<RateSchedule>(update, config.training.length, batch_size_,
                                                      loader_->dataset().info().count);
  }
}

void TrainingState::step() {
  for (auto& [name, optimizer] : optimizers_) {
    optimizer->set_rate_factor(schedules_.at(name)->factor(step_));
  }
  runner_->run_step(step_, [this]() -> const Batch& { return loader_->next(); });
  images_seen_ += batch_size_;
  if (ema_) {
    ema_->update(batch_size_, images_seen_, runner_->skip());
  }
  health_->count(runner_->skip());
  ++step_;
}

uint64_t TrainingState::attempt_seed() const {
  const auto seed = static_cast<uint64_t>(seed_);
  return attempt_ == 0 ? seed : RandomStreams(seed, kRank, torch::kCPU).key(attempt_, 0, "attempt");
}

void TrainingState::start_attempt(int64_t attempt) {
  attempt_ = attempt;
  streams_ = RandomStreams(attempt_seed(), kRank, runtime_.device);
  loader_->reshuffle(attempt_seed());
}

void TrainingState::overfit_one_batch() {
  loader_->repeat_first(true);
}

void TrainingState::restart_average() {
  if (ema_) {
    ema_->restart();
  }
}

const NetworkMap& TrainingState::best_networks() const {
  return ema_ ? ema_->networks() : generators_;
}

std::unique_ptr<Generator> TrainingState::best_generator() const {
  return build_generator(model_config_, best_networks());
}

double TrainingState::seconds_waited_for_data() const {
  return loader_->seconds_waited();
}

const Dataset& TrainingState::dataset() const {
  return loader_->dataset();
}

Value::Dict TrainingState::save() const {
  Value::Dict root;
  root.emplace_back("networks", save_networks(model_->networks()));
  if (ema_) {
    root.emplace_back("ema", save_networks(ema_->networks()));
  }
  Value::Dict optimizers;
  for (const auto& [name, optimizer] : optimizers_) {
    StateSaver saver;
    optimizer->visit_state(saver);
    optimizers.emplace_back(name, saver.take());
  }
  root.emplace_back("optimizers", std::move(optimizers));
  root.emplace_back("random", Value::Dict{{"seed", seed_}, {"attempt", attempt_}});
  root.emplace_back("progress", Value::Dict{{"step", step_},
                                            {"images_seen", images_seen_},
                                            {"data_position", loader_->position()}});
  StateSaver saver;
  model_->visit_state(saver);
  root.emplace_back("state", Value::Dict{{"model", saver.take()},
                                         {"sums", metrics_->save()},
                                         {"health", health_->save()}});
  return root;
}

void TrainingState::check_fits(const Value& root, const ResumePoint& point,
                               const std::string& where) const {
  Misfits misfits;
  const Value& networks = part(root, "networks");
  compare_networks(model_->networks(), networks, "networks.", misfits);
  misfits.find_extra(networks, model_->networks().keys(), "networks.");
  if (ema_) {
    compare_networks(ema_->networks(), part(root, "ema"), "ema.", misfits);
    misfits.find_extra(part(root, "ema"), ema_->networks().keys(), "ema.");
  } else if (root.find("ema") != nullptr) {
    misfits.add("ema: in the file, not expected");
  }
  const Value& optimizers = part(root, "optimizers");
  std::vector<std::string> names;
  for (const auto& [name, optimizer] : optimizers_) {
    names.push_back(name);
    StateChecker checker(part(optimizers, name), "optimizers." + name + ".", misfits);
    optimizer->visit_state(checker);
    checker.finish();
  }
  misfits.find_extra(optimizers, names, "optimizers.");
  const Value& state = part(root, "state");
  StateChecker checker(part(state, "model"), "state.model.", misfits);
  model_->visit_state(checker);
  checker.finish();
  metrics_->check(part(state, "sums"), "state.sums", misfits);
  health_->check(part(state, "health"), "state.health", misfits);
  if (point.seed != seed_) {
    misfits.add("random.seed: file has " + std::to_string(point.seed) + ", expected " +
                std::to_string(seed_));
  }
  misfits.throw_if_any(where, "run");
}

void TrainingState::load(const Value& root, const std::string& where) {
  const ResumePoint point = read_resume_point(root, where);
  check_fits(root, point, where);
  load_networks(model_->networks(), part(root, "networks"), where);
  if (ema_) {
    load_networks(ema_->networks(), part(root, "ema"), where);
  }
  for (const auto& [name, optimizer] : optimizers_) {
    StateLoader loader(part(part(root, "optimizers"), name));
    optimizer->visit_state(loader);
  }
  const Value& state = part(root, "state");
  StateLoader loader(part(state, "model"));
  model_->visit_state(loader);
  metrics_->load(part(state, "sums"), runtime_.device);
  health_->load(part(state, "health"));
  step_ = point.step;
  images_seen_ = point.images_seen;
  start_attempt(point.attempt);
  loader_->seek(point.data_position);
}

}  // namespace gantrain
