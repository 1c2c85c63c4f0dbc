// No model reads a value of the device back to the host inside a step.

#include <algorithm>
#include <atomic>
#include <filesystem>

#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "training/tiny_run.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

// Counts the operators that read: a scalar, the places of what is not zero, a copy to the host. The
// fused optimizer's CPU kernel reads its own scalars, which lie in host memory.
class HostReads {
 public:
  HostReads() {
    count_ = 0;
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(start, end)
                                        .needsInputs(true)
                                        .scopes({at::RecordScope::FUNCTION}));
  }
  ~HostReads() { at::removeCallback(handle_); }
  int64_t count() const { return count_; }

 private:
  static bool is_optimizer(const at::RecordFunction& function) {
    return std::string(function.name()) == "aten::_fused_adam_";
  }

  static bool copies_to_host(const at::RecordFunction& function) {
    const auto inputs = function.inputs();
    return std::string(function.name()) == "aten::copy_" && inputs.size() > 1 &&
           inputs[0].isTensor() && inputs[1].isTensor() && inputs[0].toTensor().is_cpu() &&
           !inputs[1].toTensor().is_cpu();
  }

  static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& function) {
    const std::string name = function.name();
    inside_optimizer_ += is_optimizer(function) ? 1 : 0;
    if (inside_optimizer_ == 0 && (name == "aten::_local_scalar_dense" || name == "aten::nonzero" ||
                                   copies_to_host(function))) {
      ++count_;
    }
    return nullptr;
  }

  static void end(const at::RecordFunction& function, at::ObserverContext*) {
    inside_optimizer_ -= is_optimizer(function) ? 1 : 0;
  }

  static inline std::atomic<int64_t> count_ = 0;
  static inline thread_local int64_t inside_optimizer_ = 0;
  at::CallbackHandle handle_;
};

struct SmokeRun {
  std::string name;
  fs::path config;
  std::vector<std::string> overrides;
};

void PrintTo(const SmokeRun& each, std::ostream* out) {
  *out << each.name;
}

std::vector<SmokeRun> cases() {
  std::vector<SmokeRun> all;
  for (const auto& entry : fs::directory_iterator(GANTRAIN_SOURCE_DIR "/configs/smoke")) {
    all.push_back({entry.path().stem().string(), entry.path(), {}});
  }
  all.push_back({"dcgan_with_everything",
                 GANTRAIN_SOURCE_DIR "/configs/smoke/dcgan.json",
                 {"objective.type=hinge", "objective.n_critic=2", "model.discriminator_norm=none",
                  "penalty.gradient=wgan_gp", "penalty.r1_gamma=1", "penalty.r2_gamma=1",
                  "penalty.interval=2", "penalty.weight_clip=1",
                  R"(augment.policy=["color", "translation", "cutout"])", "augment.adaptive=true",
                  "augment.interval=1", "optimizer.generator.clip_norm=1",
                  "optimizer.discriminator.clip_value=1"}});
  std::sort(all.begin(), all.end(),
            [](const SmokeRun& a, const SmokeRun& b) { return a.name < b.name; });
  return all;
}

class EverySmokeRun : public testing::TestWithParam<SmokeRun> {};

TEST_P(EverySmokeRun, ReadsNothingBackToTheHostInsideAStep) {
  std::vector<std::string> overrides = GetParam().overrides;
  overrides.emplace_back("runtime.precision=fp32");
  const RunConfig config = load_run_config(GetParam().config, overrides);
  Runtime runtime;
  runtime.device = torch::cuda::is_available() ? torch::kCUDA : torch::kCPU;
  runtime.precision = config.runtime.precision;
  TrainingState state(
      config, runtime,
      open_dataset(config.data.type, config.data.options, batch_geometry(config.model), "data"));
  state.step();
  state.step();
  const HostReads reads;
  for (int step = 0; step < 4; ++step) {
    state.step();
  }
  EXPECT_EQ(reads.count(), 0);
  torch::ones({1}).item<float>();
  torch::ones({1}).nonzero();
  EXPECT_EQ(reads.count(), 2) << "the hook sees nothing";
}

INSTANTIATE_TEST_SUITE_P(Configs, EverySmokeRun, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace gantrain
