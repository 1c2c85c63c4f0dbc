// What numerical health takes of a training step, in one process.
//
//   health_cost CONFIG STEPS [KEY=VALUE]...
//
// After every real step its guard's work is done once more and timed, with the caches as that step
// left them: the flag for each update, the buffers remembered and put back, the count of skipped
// steps, the optimizers' counts, and the average with its look at the flag (from which the plain
// average is taken off). Prints medians in milliseconds and the share of a step. The norm of the
// gradients, which is logged whatever happens, is told by itself.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_sgd.h>
#include <torch/torch.h>

#include "gantrain/core/error.h"
#include "gantrain/data/registry.h"
#include "gantrain/models/registry.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/training/ema.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/training_state.h"

#include "training/health.h"
#include "training/phase_plan.h"
#include "training/phase_runner.h"
#include "training/step_guard.h"

namespace gantrain {
namespace {

template <typename Work>
double milliseconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<torch::Tensor> parameters_of(const NetworkMap& networks) {
  std::vector<torch::Tensor> all;
  for (const auto& network : networks) {
    for (const torch::Tensor& parameter : network.value()->parameters()) {
      all.push_back(parameter.detach());
    }
  }
  return all;
}

// Copies of the generators and of their average; averaged as training does, and without the flag.
class Averages {
 public:
  Averages(const RunConfig& config, const Runtime& runtime)
      : source_(placed(build_generator_networks(config.model), runtime)),
        ema_(config.ema, source_, placed(build_generator_networks(config.model), runtime)),
        sources_(parameters_of(source_)),
        targets_(parameters_of(ema_.networks())) {}

  void guarded(int64_t batch_size, int64_t images, const torch::Tensor& skip) {
    ema_.update(batch_size, images, skip);
  }
  void plain() {
    const torch::NoGradGuard no_grad;
    at::_fused_sgd_(targets_, sources_, {}, 1, 0, 0.01, 0, false, true, false);
  }

 private:
  static NetworkMap placed(NetworkMap networks, const Runtime& runtime) {
    for (const auto& network : networks) {
      place_module(*network.value(), runtime.device, runtime.parameter_type(), runtime.map_format);
    }
    return networks;
  }

  NetworkMap source_;
  Ema ema_;
  std::vector<torch::Tensor> sources_, targets_;
};

struct Costs {  // milliseconds of each step
  std::vector<double> step, guard, average, norms;
};

Costs measure(const RunConfig& config, int64_t steps) {
  const int64_t batch = config.training.batch_size;
  const Runtime runtime = start_runtime(config.runtime, "runtime.device",
                                        {.pictures = batch,
                                         .from_pictures = batch_geometry(config.model).has_inputs(),
                                         .penalises_slopes = uses_gradients(config.model.penalty)});
  TrainingState state(config, runtime,
                      open_dataset(config.data.type, config.data.options,
                                   batch_geometry(config.model), "health_cost"));
  StepGuard guard(state.model().networks(), runtime.device);
  Averages averages(config, runtime);
  Health health(runtime.device);
  const std::vector<torch::Tensor> weights = parameters_of(state.model().networks());
  const torch::Tensor scalar = torch::ones({}, torch::dtype(torch::kFloat).device(runtime.device));
  Costs costs;
  for (int64_t i = 0; i < steps; ++i) {
    const size_t updates = plan_updates(state.model().phases(i), i).size();
    costs.step.push_back(milliseconds([&] { state.step(); }));
    costs.guard.push_back(milliseconds([&] {
      guard.begin_step();
      for (size_t update = 0; update < updates; ++update) {
        guard.judge(scalar, scalar);
        const torch::Tensor advance = 1 - guard.skip();
      }
      guard.end_step();
      health.count(guard.skip());
    }));
    const double guarded =
        milliseconds([&] { averages.guarded(batch, batch * (i + 1), guard.skip()); });
    costs.average.push_back(guarded - milliseconds([&] { averages.plain(); }));
    costs.norms.push_back(milliseconds([&] { torch::stack(at::_foreach_norm(weights)).norm(); }));
  }
  return costs;
}

int run(int count, char** words) {
  const RunConfig config = load_run_config(words[1], {words + 3, words + count});
  const Costs costs = measure(config, std::atoll(words[2]));
  const double step = median(costs.step);
  const double check = median(costs.guard) + median(costs.average);
  std::cout << "step " << step << " ms, guard " << median(costs.guard) << " ms, average's flag "
            << median(costs.average) << " ms: " << 100 * check / step << " % of a step; norms "
            << median(costs.norms) << " ms\n";
  return 0;
}

}  // namespace
}  // namespace gantrain

int main(int count, char** words) {
  if (count < 3) {
    std::cerr << "usage: health_cost CONFIG STEPS [KEY=VALUE]...\n";
    return 2;
  }
  try {
    return gantrain::run(count, words);
  } catch (const gantrain::Error& error) {
    std::cerr << error.what() << "\n";
    return 4;
  }
}
