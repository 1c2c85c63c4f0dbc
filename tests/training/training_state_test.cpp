#include "gantrain/training/training_state.h"

#include <limits>

#include <ATen/record_function.h>
#include <gmock/gmock.h>
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

std::string refusal(TrainingState& state, const Value& root) {
  try {
    state.load(root, "c.pt");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
    return error.what();
  }
  return "";
}

TEST(TrainingState, AMisfitLoadsNothingAndListsTenDifferences) {
  auto other = tiny_state(tiny_config({"model.generator_channels=[6]"}));
  take_steps(*other, 2);
  auto state = tiny_state(tiny_config());
  const Value before = saved(*state);
  const std::string message = refusal(*state, saved(*other));
  EXPECT_THAT(message, testing::StartsWith("c.pt: does not fit this run; nothing was loaded. "));
  EXPECT_THAT(message, testing::HasSubstr(".weight: file has ["));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 11);
  EXPECT_EQ(differences(before, saved(*state)), std::vector<std::string>());
}

TEST(TrainingState, MissingAndExtraTensorsAreBothListedAndNothingIsLoaded) {
  auto other = tiny_state(tiny_config());
  take_steps(*other, 2);
  auto state = tiny_state(tiny_config());
  const Value before = saved(*state);
  Value root = saved(*other);
  auto& weights = root["networks"]["discriminator"].as<Value::Dict>();
  const std::string lost = weights.back().first;
  weights.pop_back();
  root["networks"]["generator"]["more"] = torch::ones(3);
  root["networks"]["judge"] = Value::Dict{};
  root["optimizers"]["generator"]["more"] = torch::ones(3);
  root["state"]["sums"]["g"]["count"] = "one";
  const std::string message = refusal(*state, root);
  for (const char* part :
       {"5 differences", "networks.discriminator.", ": missing in the file",
        "networks.generator.more: in the file, not expected",
        "networks.judge: in the file, not expected",
        "optimizers.generator.more: in the file, not expected", "state.sums.g: is not names"}) {
    EXPECT_THAT(message, testing::HasSubstr(part));
  }
  EXPECT_THAT(message, testing::HasSubstr(lost));
  EXPECT_EQ(differences(before, saved(*state)), std::vector<std::string>());
}

// Every leaf of a tree by its path of keys.
void leaves(Value& tree, const std::string& path,
            std::vector<std::pair<std::string, Value*>>& found) {
  if (tree.is<Value::Dict>()) {
    for (auto& [key, entry] : tree.as<Value::Dict>()) {
      leaves(entry, path + "." + key, found);
    }
  } else if (tree.is<Value::List>()) {
    for (Value& entry : tree.as<Value::List>()) {
      leaves(entry, path + "[]", found);
    }
  } else {
    found.emplace_back(path, &tree);
  }
}

// Another value of the same type and shape: nothing where there is something, else something.
Value blank(const Value& value) {
  if (value.is<torch::Tensor>()) {
    const auto& tensor = value.as<torch::Tensor>();
    return tensor.any().item<bool>() ? torch::zeros_like(tensor) : torch::ones_like(tensor);
  }
  if (value.is<int64_t>()) {
    return int64_t{value.as<int64_t>() == 0};
  }
  return value.is<std::string>() ? Value("") : Value();
}

// What a run ends as: its checkpoint and the means of the next log line.
Value end_of(TrainingState& state, int64_t steps) {
  take_steps(state, steps - state.steps_done());
  Value::Dict means;
  for (const auto& [name, mean] : state.metrics().means()) {
    means.emplace_back(name, torch::tensor(mean, torch::kDouble));
  }
  Value root = saved(state);
  root["means"] = means;
  return root;
}

class BlankedEntries : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(BlankedEntries, AreRefusedOrChangeTheEnd) {
  const RunConfig config = tiny_config(GetParam());
  auto state = tiny_state(config);
  take_steps(*state, 2);
  const Value whole = saved(*state);
  const Value end = end_of(*state, 4);
  std::vector<std::pair<std::string, Value*>> entries;
  Value counted = whole;
  leaves(counted, "", entries);
  ASSERT_GT(entries.size(), 40u);
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& name = entries[i].first;
    if (name.starts_with(".ema.") && name.ends_with(".num_batches_tracked")) {
      continue;  // integers of the average are copied from the network at every step
    }
    Value root = whole;
    std::vector<std::pair<std::string, Value*>> those;
    leaves(root, "", those);
    *those[i].second = blank(*those[i].second);
    auto resumed = tiny_state(config);
    if (refusal(*resumed, root).empty()) {
      EXPECT_FALSE(resumed->steps_done() == 2 && differences(end, end_of(*resumed, 4)).empty())
          << name << " is not needed";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    TrainingState, BlankedEntries,
    testing::Values(std::vector<std::string>{},
                    std::vector<std::string>{
                        "optimizer.generator.type=sgd", "optimizer.generator.momentum=0.9",
                        "optimizer.discriminator.type=rmsprop",
                        "optimizer.discriminator.momentum=0.5", "training.micro_batch_size=2"}));

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

// Where a value that is not finite comes in, the phase that it breaks, and what that leaves alone.
struct Trouble {
  std::string place;  // "draw" (of both losses) or "gradient"
  std::string phase;
  double value = 0;
  int64_t step = 0;
};

class ATroubledStep : public testing::TestWithParam<Trouble> {};

TEST_P(ATroubledStep, LeavesItsPhaseAndTheRestAsTheyWere) {
  const Trouble& trouble = GetParam();
  auto state = tiny_state(tiny_config());
  take_steps(*state, trouble.step);
  const Value before = saved(*state);
  if (trouble.place == "draw") {
    state->runner().set_context_hook([&](StepContext& context) {
      context.inject("z", torch::full({4, 4}, trouble.value, torch::kFloat));
    });
  } else {
    state->runner().set_gradient_hook(
        [&](const Phase& phase, const auto&, const std::vector<torch::Tensor>& gradients) {
          if (phase.name == trouble.phase) {
            gradients.back().fill_(trouble.value);
          }
        });
  }
  state->step();
  const Value after = saved(*state);
  std::vector<std::string> changed = differences(*before.find("networks"), *after.find("networks"));
  std::erase_if(changed, [&](const std::string& name) {
    return trouble.phase == "g" && name.starts_with(".discriminator.") &&
           (name.ends_with(".weight") || name.ends_with(".bias"));
  });
  EXPECT_EQ(changed, std::vector<std::string>()) << "a network of the skipped phase, or a buffer";
  EXPECT_EQ(differences(*before.find("ema"), *after.find("ema")), std::vector<std::string>());
  changed = differences(*before.find("optimizers"), *after.find("optimizers"));
  EXPECT_EQ(std::any_of(changed.begin(), changed.end(),
                        [](const auto& name) { return name.starts_with(".generator"); }),
            false);
  EXPECT_EQ(changed.empty(), trouble.phase == "d");
  EXPECT_EQ(state->health().read().skipped, 1);
}

std::vector<Trouble> every_trouble() {
  std::vector<Trouble> all;
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const int64_t step : {0, 1, 5}) {
      all.push_back({"draw", "d", value, step});
      all.push_back({"gradient", "d", value, step});
      all.push_back({"gradient", "g", value, step});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(TrainingState, ATroubledStep, testing::ValuesIn(every_trouble()));

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

class HostReadsOf : public testing::TestWithParam<std::string> {};

TEST_P(HostReadsOf, AStepAreNone) {
  auto state = tiny_state(tiny_config_of(GetParam()));
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

INSTANTIATE_TEST_SUITE_P(TrainingState, HostReadsOf, testing::ValuesIn(tiny_models()),
                         [](const auto& each) { return each.param; });

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
