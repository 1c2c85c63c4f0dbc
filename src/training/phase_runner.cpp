#include "training/phase_runner.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/_foreach_norm.h>

namespace gantrain {
namespace {

std::string prefixed(const char* prefix, const std::string& name) {
  return std::string(prefix) + "/" + name;
}

torch::Tensor total_norm(const std::vector<torch::Tensor>& gradients) {
  return torch::stack(at::_foreach_norm(gradients)).norm();
}

// Means over micro-batches: equal names are added up, each weighted by 1 / micro-batches.
void add_named(MetricSums::Named& sums, std::string name, const torch::Tensor& value,
               int64_t micro_batches) {
  const torch::Tensor share = micro_batches == 1 ? value : value / micro_batches;
  for (auto& [known, sum] : sums) {
    if (known == name) {
      sum = sum + share;
      return;
    }
  }
  sums.emplace_back(std::move(name), share);
}

}  // namespace

PhaseRunner::PhaseRunner(GanModel& model, OptimizerMap& optimizers, const RandomStreams& streams,
                         const Runtime& runtime, int64_t micro_batch_size, MetricSums& metrics)
    : model_(model),
      optimizers_(optimizers),
      streams_(streams),
      runtime_(runtime),
      micro_batch_size_(micro_batch_size),
      metrics_(metrics),
      guard_(model.networks(), runtime.device) {}

void PhaseRunner::run_step(int64_t step, const BatchSource& next_batch) {
  guard_.begin_step();
  draw_ = -1;
  int64_t number = 0;
  for (const PlannedUpdate& update : plan_updates(model_.phases(step), step)) {
    if (update.starts_draw) {
      ++draw_;
      start_draw(step, next_batch(), update.graph_needed);
    }
    run_update(update, step, number++);
  }
  contexts_.clear();
  guard_.end_step();
}

void PhaseRunner::start_draw(int64_t step, const Batch& batch, bool with_graph) {
  contexts_.clear();
  batch_size_ = batch.size();
  const int64_t micro = std::min(micro_batch_size_, batch_size_);
  const bool whole = micro == batch_size_;
  for (int64_t start = 0; start < batch_size_; start += micro) {
    contexts_.emplace_back(streams_, runtime_, whole ? batch : batch.slice(start, start + micro),
                           step, draw_, start, batch_size_);
    if (context_hook_) {
      context_hook_(contexts_.back());
    }
    torch::AutoGradMode graph(with_graph && whole);
    streams_.seed_library(step, draw_, "prepare/" + std::to_string(start));
    model_.prepare(contexts_.back());
  }
}

void PhaseRunner::run_update(const PlannedUpdate& update, int64_t step, int64_t update_number) {
  const Phase& phase = update.phase;
  const PhaseParameters& moving = parameters_of(phase);
  const auto micro_batches = static_cast<int64_t>(contexts_.size());
  std::vector<torch::Tensor> gradients(moving.values.size());
  MetricSums::Named values;
  torch::Tensor loss;
  for (int64_t i = 0; i < micro_batches; ++i) {
    StepContext& context = contexts_[static_cast<size_t>(i)];
    if (micro_batches > 1 && phase.through_prepare) {
      streams_.seed_library(step, draw_, "prepare/" + std::to_string(i * micro_batch_size_));
      model_.prepare(context);
    }
    streams_.seed_library(
        step, draw_, phase.name + "/" + std::to_string(update_number) + "/" + std::to_string(i));
    context.clear_reports();
    torch::Tensor share;
    for (LossTerm& term : model_.losses(phase, context)) {
      const torch::Tensor value = micro_batches == 1 ? term.value : term.value / micro_batches;
      share = share.defined() ? share + value : value;
      add_named(values, prefixed("Loss", term.name), term.value.detach(), micro_batches);
    }
    for (const auto& [name, value] : context.reports()) {
      add_named(values, prefixed("Report", name), value, micro_batches);
    }
    add_gradients(gradients, moving, share, update.retain_graph && micro_batches == 1);
    loss = loss.defined() ? loss + share.detach() : share.detach();
  }
  apply(phase, moving, gradients, std::move(values), loss, step);
}

void PhaseRunner::add_gradients(std::vector<torch::Tensor>& sum, const PhaseParameters& moving,
                                const torch::Tensor& loss, bool retain) {
  auto fresh =
      torch::autograd::grad({loss}, moving.values, {}, retain, false, /*allow_unused=*/true);
  for (size_t i = 0; i < fresh.size(); ++i) {
    if (!sum[i].defined()) {
      sum[i] = std::move(fresh[i]);
    } else if (fresh[i].defined()) {
      sum[i] = sum[i] + fresh[i];
    }
  }
}

void PhaseRunner::apply(const Phase& phase, const PhaseParameters& moving,
                        std::vector<torch::Tensor>& gradients, MetricSums::Named values,
                        const torch::Tensor& loss, int64_t step) {
  torch::NoGradGuard no_grad;
  if (gradient_hook_) {
    gradient_hook_(phase, moving.parameters, gradients);
  }
  std::vector<torch::Tensor> used;
  std::vector<size_t> indices;
  used.reserve(gradients.size());
  indices.reserve(gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined()) {
      used.push_back(std::move(gradients[i]));
      indices.push_back(moving.indices[i]);
    }
  }
  TORCH_CHECK(!used.empty(), "phase ", phase.name,
              " moves no parameter: its losses do not depend on its networks");
  const torch::Tensor norm = total_norm(used);
  guard_.judge(norm, loss);
  clips_[phase.optimizer].apply(used, norm);
  optimizers_.at(phase.optimizer)->step(indices, used, skip());
  add_named(values, "Gradient/" + phase.name, norm, 1);
  TensorMap reports;
  for (const auto& [name, value] : values) {
    reports[name] = value;
  }
  UpdateContext update{step, batch_size_, reports, skip()};
  model_.after_update(phase, update);
  metrics_.add(phase.name, values, skip());
}

const PhaseRunner::PhaseParameters& PhaseRunner::parameters_of(const Phase& phase) {
  const auto known = moving_.find(phase.name);
  if (known != moving_.end()) {
    return known->second;
  }
  PhaseParameters& moving = moving_[phase.name];
  const auto& all = optimizers_.at(phase.optimizer)->parameters();
  for (size_t i = 0; i < all.size(); ++i) {
    const bool wanted =
        std::any_of(phase.networks.begin(), phase.networks.end(), [&](const std::string& network) {
          return all[i].name.compare(0, network.size() + 1, network + ".") == 0;
        });
    if (wanted && all[i].value.requires_grad()) {
      moving.parameters.push_back(all[i]);
      moving.values.push_back(all[i].value);
      moving.indices.push_back(i);
    }
  }
  return moving;
}

}  // namespace gantrain
