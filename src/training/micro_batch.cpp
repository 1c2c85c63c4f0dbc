#include "training/micro_batch.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/minibatch_stddev.h"

namespace gantrain {
namespace {

using Module = torch::nn::Module;

bool has_buffer(const Module& module, const std::string& name) {
  return module.named_buffers(/*recurse=*/false).contains(name);
}

struct Cause {
  std::function<bool(const Module&)> is;
  const char* reason;
};

const std::vector<Cause>& causes() {
  static const std::vector<Cause> all = {
      {[](const Module& module) { return has_buffer(module, "running_mean"); },
       "batch norm takes the statistics of each micro-batch"},
      {[](const Module& module) { return has_buffer(module, "weight_u"); },
       "spectral norm makes an iteration with every micro-batch"},
      {[](const Module& module) { return module.as<DropoutImpl>() != nullptr; },
       "dropout draws other masks"},
      {[](const Module& module) { return module.as<MinibatchStddevImpl>() != nullptr; },
       "minibatch statistics are those of each micro-batch"},
  };
  return all;
}

bool any_module(const GanModel& model, const std::function<bool(const Module&)>& is) {
  const NetworkMap& networks = model.networks();
  return std::any_of(networks.begin(), networks.end(), [&](const auto& network) {
    const auto modules = network.value()->modules();
    return std::any_of(modules.begin(), modules.end(),
                       [&](const std::shared_ptr<Module>& module) { return is(*module); });
  });
}

}  // namespace

std::vector<std::string> micro_batch_differences(const RunConfig& config, const GanModel& model) {
  std::vector<std::string> reasons;
  if (images_at_once(config.training) == config.training.batch_size) {
    return reasons;
  }
  for (const Cause& cause : causes()) {
    if (any_module(model, cause.is)) {
      reasons.emplace_back(cause.reason);
    }
  }
  if (config.model.objective.type == "relativistic_average") {
    reasons.emplace_back(
        "objective.type \"relativistic_average\" takes the means of each "
        "micro-batch");
  }
  if (config.model.penalty.gradient == GradientPenalty::kDragan) {
    reasons.emplace_back("penalty.gradient \"dragan\" takes the deviation of each micro-batch");
  }
  const std::vector<Phase> phases = model.phases(0);
  if (std::count_if(phases.begin(), phases.end(),
                    [](const Phase& phase) { return phase.through_prepare; }) > 1) {
    reasons.emplace_back("several phases go through the same fakes, which are made anew for each");
  }
  return reasons;
}

}  // namespace gantrain
