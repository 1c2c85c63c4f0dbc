#include "gantrain/training/training_state.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/training/ema.h"
#include "gantrain/training/optimizer.h"
#include "gantrain/training/state_dict.h"

#include "training/health.h"
#include "training/metric_sums.h"
#include "training/phase_runner.h"
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

NetworkMap subset(const NetworkMap& networks, const std::vector<std::string>& names) {
  NetworkMap result;
  for (const std::string& name : names) {
    result.insert(name, networks[name]);
  }
  return result;
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
  generators_ = subset(model_->networks(), model_->generators());
  if (ema_options_.enabled) {
    NetworkMap averaged = build_generator_networks(config.model);
    for (const auto& network : averaged) {
      place_module(*network.value(), runtime_.device, runtime_.parameter_type());
    }
    ema_ = std::make_unique<Ema>(ema_options_, generators_, averaged);
  }
  build_optimizers(config);
  loader_ =
      std::make_unique<BatchLoader>(std::move(dataset), batch_size_, static_cast<uint64_t>(seed_),
                                    runtime_.device, runtime_.parameter_type());
  metrics_ = std::make_unique<MetricSums>();
  health_ = std::make_unique<Health>(runtime_.device);
  const int64_t micro =
      config.training.micro_batch_size > 0 ? config.training.micro_batch_size : batch_size_;
  runner_ =
      std::make_unique<PhaseRunner>(*model_, optimizers_, streams_, runtime_, micro, *metrics_);
}

TrainingState::~TrainingState() = default;

void TrainingState::place_networks() {
  for (const auto& network : model_->networks()) {
    place_module(*network.value(), runtime_.device, runtime_.parameter_type());
    network.value()->train();
  }
}

void TrainingState::build_optimizers(const RunConfig& config) {
  std::map<std::string, std::vector<std::string>> networks;
  for (const Phase& phase : model_->phases(0)) {
    auto& names = networks[phase.optimizer];
    names.insert(names.end(), phase.networks.begin(), phase.networks.end());
  }
  for (const auto& [name, members] : networks) {
    const PartConfig& part =
        name == "generator" ? config.generator_optimizer : config.discriminator_optimizer;
    optimizers_[name] =
        build_optimizer(part.type, part.options, parameters_of(model_->networks(), members));
  }
}

void TrainingState::step() {
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

const NetworkMap& TrainingState::best_networks() const {
  return ema_ ? ema_->networks() : generators_;
}

std::unique_ptr<Generator> TrainingState::best_generator() const {
  return build_generator(model_config_, best_networks());
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

void TrainingState::load(const Value& root, const std::string& where) {
  const auto section = [&](const char* key) -> const Value& {
    entry_of<Value::Dict>(root, key, where);
    return *root.find(key);
  };
  load_networks(model_->networks(), section("networks"), where + ": networks");
  if (ema_) {
    load_networks(ema_->networks(), section("ema"), where + ": ema");
  }
  const Value& optimizers = section("optimizers");
  for (const auto& [name, optimizer] : optimizers_) {
    entry_of<Value::Dict>(optimizers, name, where + ": optimizers");
    StateLoader loader(*optimizers.find(name), where + ": optimizers." + name);
    optimizer->visit_state(loader);
  }
  const Value& progress = section("progress");
  step_ = entry_of<int64_t>(progress, "step", where + ": progress");
  images_seen_ = entry_of<int64_t>(progress, "images_seen", where + ": progress");
  const int64_t seed = entry_of<int64_t>(section("random"), "seed", where + ": random");
  if (seed != seed_) {
    throw Error(ErrorKind::kCheckpoint, where + ": was trained with seed " + std::to_string(seed) +
                                            ", the configuration says " + std::to_string(seed_));
  }
  start_attempt(entry_of<int64_t>(section("random"), "attempt", where + ": random"));
  loader_->seek(entry_of<int64_t>(progress, "data_position", where + ": progress"));
  const Value& state = section("state");
  entry_of<Value::Dict>(state, "model", where + ": state");
  StateLoader loader(*state.find("model"), where + ": state.model");
  model_->visit_state(loader);
  entry_of<Value::Dict>(state, "sums", where + ": state");
  metrics_->load(*state.find("sums"), runtime_.device);
  if (state.find("health") == nullptr || !state.find("health")->is<torch::Tensor>()) {
    throw Error(ErrorKind::kCheckpoint, where + ": state.health: missing");
  }
  health_->load(*state.find("health"));
}

}  // namespace gantrain
