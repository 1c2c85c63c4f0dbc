#include "gantrain/training/training_state.h"

#include <limits>

#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/training/state_dict.h"

#include "training/health.h"
#include "training/metric_sums.h"
#include "training/phase_runner.h"
#include "training/saver.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

// Everything in a tree of values that differs, as key paths.
void differences(const Value& a, const Value& b, const std::string& path,
                 std::vector<std::string>& found) {
  if (a.is<Value::Dict>() && b.is<Value::Dict>()) {
    for (const auto& [key, entry] : a.as<Value::Dict>()) {
      const Value* other = b.find(key);
      if (other == nullptr) {
        found.push_back(path + "." + key);
      } else {
        differences(entry, *other, path + "." + key, found);
      }
    }
  } else if (a.is<torch::Tensor>()) {
    if (!b.is<torch::Tensor>() || !torch::equal(a.as<torch::Tensor>(), b.as<torch::Tensor>())) {
      found.push_back(path);
    }
  } else if (a.is<int64_t>() && (!b.is<int64_t>() || a.as<int64_t>() != b.as<int64_t>())) {
    found.push_back(path);
  }
}

std::vector<std::string> differences(const Value& a, const Value& b) {
  std::vector<std::string> found;
  differences(a, b, "", found);
  return found;
}

void take_steps(TrainingState& state, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    state.step();
  }
}

Value saved(const TrainingState& state) {
  return host_copy(state.save());
}

TEST(TrainingState, ResumesBitForBitAfterEveryStep) {
  const RunConfig config = tiny_config();
  auto whole = tiny_state(config);
  std::vector<Value> at_step = {saved(*whole)};
  for (int64_t step = 0; step < 6; ++step) {
    whole->step();
    at_step.push_back(saved(*whole));
  }
  for (size_t cut = 0; cut < at_step.size(); ++cut) {
    auto resumed = tiny_state(config);
    torch::rand({100});  // the library's generator is somewhere else
    resumed->load(at_step[cut], "checkpoint");
    take_steps(*resumed, 6 - static_cast<int64_t>(cut));
    EXPECT_EQ(differences(at_step.back(), saved(*resumed)), std::vector<std::string>())
        << "cut at step " << cut;
  }
}

TEST(TrainingState, EveryEntryOfACheckpointIsNeeded) {
  const RunConfig config = tiny_config();
  auto state = tiny_state(config);
  take_steps(*state, 3);
  const Value whole = saved(*state);
  for (const char* section : {"networks", "ema", "optimizers", "random", "progress", "state"}) {
    Value::Dict without;
    for (const auto& [key, value] : whole.as<Value::Dict>()) {
      if (key != section) {
        without.emplace_back(key, value);
      }
    }
    auto fresh = tiny_state(config);
    EXPECT_THROW(fresh->load(Value(without), "checkpoint"), Error) << section;
  }
}

TEST(TrainingState, AnotherSeedTrainsAnotherNetwork) {
  auto a = tiny_state(tiny_config());
  auto b = tiny_state(tiny_config({"seed=6"}));
  EXPECT_FALSE(differences(saved(*a), saved(*b)).empty());
}

TEST(TrainingState, SamplesDoNotDisturbTraining) {
  auto a = tiny_state(tiny_config());
  auto b = tiny_state(tiny_config());
  take_steps(*a, 4);
  for (int i = 0; i < 4; ++i) {
    b->step();
    GeneratorInput input;
    input.z = torch::randn({3, 4});
    b->best_generator()->run(input);
  }
  EXPECT_EQ(differences(saved(*a), saved(*b)), std::vector<std::string>());
}

TEST(TrainingState, MicroBatchesGiveTheGradientsOfTheWholeBatch) {
  const std::vector<std::string> plain = {
      "model.generator_norm=none", "model.discriminator_norm=none", "model.discriminator_dropout=0",
      "runtime.precision=fp64"};
  auto whole_options = plain;
  auto micro_options = plain;
  micro_options.emplace_back("training.micro_batch_size=2");
  auto whole = tiny_state(tiny_config(whole_options));
  auto micro = tiny_state(tiny_config(micro_options));
  take_steps(*whole, 3);
  take_steps(*micro, 3);
  for (const auto& network : whole->model().networks()) {
    const auto others = micro->model().networks()[network.key()]->named_parameters();
    for (const auto& item : network.value()->named_parameters()) {
      EXPECT_TRUE(torch::allclose(item.value(), others[item.key()], 1e-9, 1e-9)) << item.key();
    }
  }
}

TEST(TrainingState, ANonFiniteStepChangesNothingAndIsCounted) {
  auto state = tiny_state(tiny_config());
  take_steps(*state, 2);
  const Value before = saved(*state);
  state->runner().set_context_hook([](StepContext& context) {
    context.inject("z", torch::full({4, 4}, std::numeric_limits<float>::quiet_NaN()));
  });
  state->step();
  const Value after = saved(*state);
  for (const char* section : {"networks", "ema", "optimizers"}) {
    EXPECT_EQ(differences(*before.find(section), *after.find(section)), std::vector<std::string>())
        << section;
  }
  EXPECT_EQ(state->health().read().skipped, 1);
  state->runner().set_context_hook(nullptr);
  state->step();
  EXPECT_EQ(state->health().read().consecutive, 0);
  EXPECT_FALSE(differences(*before.find("networks"), *saved(*state).find("networks")).empty());
  for (const auto& [name, value] : state->metrics().means()) {
    EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

// The fused optimizer's CPU kernel reads its own scalars (host memory); everything else counts.
struct HostReads {
  static inline int64_t count = 0;
  static inline int64_t inside_optimizer = 0;

  static bool is_optimizer(const at::RecordFunction& function) {
    return std::string(function.name()) == "aten::_fused_adam_";
  }
  static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& function) {
    const std::string name = function.name();
    inside_optimizer += is_optimizer(function) ? 1 : 0;
    if (inside_optimizer == 0 && (name == "aten::_local_scalar_dense" || name == "aten::nonzero")) {
      ++count;
    }
    return nullptr;
  }
  static void end(const at::RecordFunction& function, at::ObserverContext*) {
    inside_optimizer -= is_optimizer(function) ? 1 : 0;
  }
};

TEST(TrainingState, AStepReadsNothingBackToTheHost) {
  auto state = tiny_state(tiny_config());
  take_steps(*state, 2);
  HostReads::count = 0;
  const auto handle =
      at::addGlobalCallback(at::RecordFunctionCallback(HostReads::start, HostReads::end)
                                .scopes({at::RecordScope::FUNCTION}));
  take_steps(*state, 3);
  const int64_t in_steps = HostReads::count;
  torch::ones({1}).item<float>();
  at::removeCallback(handle);
  EXPECT_EQ(in_steps, 0);
  EXPECT_EQ(HostReads::count, 1) << "the hook sees nothing";
}

TEST(TrainingState, OverfittingOneBatchLowersTheDiscriminatorsLoss) {
  auto state = tiny_state(tiny_config({"optimizer.discriminator.learning_rate=0.01",
                                       "optimizer.generator.learning_rate=0"
                                       ".000001",
                                       "model.discriminator_dropout=0"}));
  state->overfit_one_batch();
  take_steps(*state, 5);
  const auto first = state->metrics().means();
  state->metrics().reset();
  take_steps(*state, 60);
  state->metrics().reset();
  take_steps(*state, 5);
  const auto last = state->metrics().means();
  EXPECT_EQ(first[0].first, "Loss/d_real");
  EXPECT_LT(last[0].second, 0.5 * first[0].second);
}

}  // namespace
}  // namespace gantrain
