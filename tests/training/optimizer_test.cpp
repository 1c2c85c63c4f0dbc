#include "gantrain/training/optimizer.h"

#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/adam.h"
#include "training/rmsprop.h"
#include "training/sgd.h"

namespace gantrain {
namespace {

using Tensors = std::vector<torch::Tensor>;

class StateReader : public StateVisitor {
 public:
  void visit(const std::string& name, torch::Tensor& value) override {
    tensors[name] = value.clone();
  }
  void visit(const std::string&, int64_t&) override { FAIL() << "no optimizer has integers"; }
  void visit(const std::string&, double&) override { FAIL() << "no optimizer has doubles"; }

  std::map<std::string, torch::Tensor> tensors;
};

class StateLoader : public StateVisitor {
 public:
  explicit StateLoader(const std::map<std::string, torch::Tensor>& tensors) : tensors_(tensors) {}
  void visit(const std::string& name, torch::Tensor& value) override {
    value.copy_(tensors_.at(name));
  }
  void visit(const std::string&, int64_t&) override {}
  void visit(const std::string&, double&) override {}

 private:
  const std::map<std::string, torch::Tensor>& tensors_;
};

// Three parameters, one of them in channels_last.
Tensors make_values(torch::ScalarType type = torch::kFloat) {
  torch::manual_seed(1);
  Tensors values = {torch::randn({4, 3, 2, 2}, type).contiguous(torch::MemoryFormat::ChannelsLast),
                    torch::randn({7}, type), torch::randn({5, 6}, type)};
  for (torch::Tensor& value : values) {
    value.requires_grad_(true);
  }
  return values;
}

Tensors make_gradients(const Tensors& values, int64_t step) {
  torch::manual_seed(static_cast<uint64_t>(100 + step));
  Tensors gradients;
  for (const torch::Tensor& value : values) {
    gradients.push_back(torch::randn_like(value.detach()));
  }
  return gradients;
}

std::vector<NamedParameter> named(const Tensors& values) {
  std::vector<NamedParameter> parameters;
  for (size_t i = 0; i < values.size(); ++i) {
    parameters.push_back({"net.p" + std::to_string(i), values[i]});
  }
  return parameters;
}

Tensors clones(const Tensors& values) {
  Tensors result;
  for (const torch::Tensor& value : values) {
    result.push_back(value.detach().clone());
  }
  return result;
}

std::map<std::string, torch::Tensor> state_of(Optimizer& optimizer) {
  StateReader reader;
  optimizer.visit_state(reader);
  return reader.tensors;
}

const std::vector<size_t> kAll = {0, 1, 2};
torch::Tensor no_skip() {
  return torch::zeros({});
}
torch::Tensor skip() {
  return torch::ones({});
}

// Largest difference in proportion to the largest value.
double relative_difference(const torch::Tensor& value, const torch::Tensor& expected) {
  return ((value - expected).abs().max() / expected.abs().max()).item<double>();
}

void expect_follows(Optimizer& optimizer, const Tensors& values, torch::optim::Optimizer& reference,
                    const Tensors& reference_values, double tolerance) {
  for (int64_t step = 0; step < 50; ++step) {
    const Tensors gradients = make_gradients(values, step);
    optimizer.step(kAll, gradients, no_skip());
    for (size_t i = 0; i < gradients.size(); ++i) {
      reference_values[i].mutable_grad() = gradients[i].clone();
    }
    reference.step();
  }
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_LT(relative_difference(values[i], reference_values[i]), tolerance) << "parameter " << i;
  }
}

// 50 steps of float round off once each; doubles show that the formula is the same.
TEST(Adam, FollowsTheLibrarysAdamForFiftySteps) {
  for (const auto& [type, tolerance] :
       {std::pair{torch::kFloat, 1e-6}, std::pair{torch::kDouble, 1e-14}}) {
    const Tensors values = make_values(type), expected = make_values(type);
    Adam adam({.learning_rate = 1e-3, .weight_decay = 0.01}, named(values));
    torch::optim::Adam reference(
        expected, torch::optim::AdamOptions(1e-3).betas({0.5, 0.999}).eps(1e-8).weight_decay(0.01));
    expect_follows(adam, values, reference, expected, tolerance);
  }
}

TEST(RmsProp, FollowsTheLibrarysRmsPropForFiftySteps) {
  for (const double momentum : {0.0, 0.9}) {
    for (const auto& [type, tolerance] :
         {std::pair{torch::kFloat, 1e-6}, std::pair{torch::kDouble, 1e-14}}) {
      const Tensors values = make_values(type), expected = make_values(type);
      RmsProp rmsprop({.learning_rate = 1e-3, .momentum = momentum}, named(values));
      torch::optim::RMSprop reference(
          expected, torch::optim::RMSpropOptions(1e-3).alpha(0.99).eps(1e-8).momentum(momentum));
      expect_follows(rmsprop, values, reference, expected, tolerance);
    }
  }
}

TEST(Sgd, FollowsTheLibrarysSgdForFiftySteps) {
  for (const double momentum : {0.0, 0.9}) {
    for (const auto& [type, tolerance] :
         {std::pair{torch::kFloat, 1e-6}, std::pair{torch::kDouble, 1e-14}}) {
      const Tensors values = make_values(type), expected = make_values(type);
      Sgd sgd({.learning_rate = 1e-2, .momentum = momentum}, named(values));
      torch::optim::SGD reference(expected, torch::optim::SGDOptions(1e-2).momentum(momentum));
      expect_follows(sgd, values, reference, expected, tolerance);
    }
  }
}

TEST(Adam, FirstStepIsTheRateInTheGradientsDirection) {
  const torch::Tensor value = torch::zeros({2}, torch::kDouble);
  Adam adam({.learning_rate = 0.1}, {{"p", value}});
  adam.step({0}, {torch::tensor({3.0, -0.5}, torch::kDouble)}, no_skip());
  EXPECT_NEAR(value[0].item<double>(), -0.1, 1e-8);
  EXPECT_NEAR(value[1].item<double>(), 0.1, 1e-8);
}

// The cases of every optimizer, with all the state that each can have.
struct Case {
  std::string name;
  std::string type;
  std::any options;
  std::vector<std::string> state;
};

void PrintTo(const Case& tested, std::ostream* stream) {
  *stream << tested.name;
}

class EveryOptimizer : public ::testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Optimizer> build(const Tensors& values) const {
    return build_optimizer(GetParam().type, GetParam().options, named(values));
  }
};

TEST_P(EveryOptimizer, LeavesEverythingAloneInASkippedStep) {
  for (const torch::ScalarType type : {torch::kFloat, torch::kDouble}) {
    const Tensors values = make_values(type);
    const auto optimizer = build(values);
    optimizer->step(kAll, make_gradients(values, 0), no_skip());
    const Tensors before = clones(values);
    const auto state_before = state_of(*optimizer);
    for (const double bad :
         {1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Tensors gradients = make_gradients(values, 1);
      gradients[0].fill_(bad);
      optimizer->step(kAll, gradients, skip());
    }
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_TRUE(torch::equal(values[i], before[i]));
    }
    for (const auto& [name, tensor] : state_of(*optimizer)) {
      EXPECT_TRUE(torch::equal(tensor, state_before.at(name))) << name;
    }
  }
}

TEST_P(EveryOptimizer, ASkippedStepChangesNothingOfLaterOnes) {
  const Tensors values = make_values(), expected = make_values();
  const auto optimizer = build(values), reference = build(expected);
  for (int64_t step = 0; step < 4; ++step) {
    optimizer->step(kAll, make_gradients(values, step), no_skip());
    optimizer->step(kAll, make_gradients(values, 50 + step), skip());
    reference->step(kAll, make_gradients(expected, step), no_skip());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(torch::equal(values[i], expected[i]));
  }
}

TEST_P(EveryOptimizer, LeavesAParameterOutWithItsState) {
  const Tensors values = make_values();
  const auto optimizer = build(values);
  optimizer->step(kAll, make_gradients(values, 0), no_skip());
  const Tensors before = clones(values);
  const auto state_before = state_of(*optimizer);
  const Tensors gradients = make_gradients(values, 1);
  optimizer->step({0, 2}, {gradients[0], gradients[2]}, no_skip());
  EXPECT_FALSE(torch::equal(values[0], before[0]));
  EXPECT_TRUE(torch::equal(values[1], before[1]));
  EXPECT_FALSE(torch::equal(values[2], before[2]));
  for (const auto& [name, tensor] : state_of(*optimizer)) {
    EXPECT_EQ(torch::equal(tensor, state_before.at(name)), name.starts_with("net.p1.")) << name;
  }
  EXPECT_NO_THROW(optimizer->step({}, {}, no_skip()));
}

TEST_P(EveryOptimizer, GradientsOfOtherStridesGiveTheSameStep) {
  const Tensors values = make_values(), expected = make_values();
  const auto optimizer = build(values), reference = build(expected);
  Tensors gradients = make_gradients(values, 0);
  reference->step(kAll, gradients, no_skip());
  gradients[0] = gradients[0].contiguous();
  gradients[2] = gradients[2].t().contiguous().t();
  ASSERT_NE(gradients[0].strides(), values[0].strides());
  optimizer->step(kAll, gradients, no_skip());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(torch::equal(values[i], expected[i])) << i;
  }
}

TEST_P(EveryOptimizer, NamesItsStateByParameterAndKeepsStrides) {
  const Tensors values = make_values();
  const auto state = state_of(*build(values));
  EXPECT_EQ(state.size(), 3 * GetParam().state.size());
  for (const std::string& suffix : GetParam().state) {
    ASSERT_TRUE(state.contains("net.p0." + suffix)) << suffix;
    const torch::Tensor& tensor = state.at("net.p0." + suffix);
    if (tensor.dim() > 0) {
      EXPECT_EQ(tensor.strides(), values[0].strides());
    }
  }
}

TEST_P(EveryOptimizer, RestoredStateContinuesBitForBit) {
  const Tensors values = make_values();
  const auto optimizer = build(values);
  optimizer->step(kAll, make_gradients(values, 0), no_skip());

  const Tensors restored = clones(values);
  const auto second = build(restored);
  const auto state = state_of(*optimizer);
  StateLoader loader(state);
  second->visit_state(loader);
  for (int64_t step = 1; step < 4; ++step) {
    optimizer->step(kAll, make_gradients(values, step), no_skip());
    second->step(kAll, make_gradients(values, step), no_skip());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(torch::equal(values[i], restored[i])) << i;
  }
}

TEST_P(EveryOptimizer, TellsAutogradThatItChangedAParameter) {
  const Tensors values = make_values();
  const auto optimizer = build(values);
  const torch::Tensor loss = values[1].square().sum();  // keeps values[1] for its backward
  const uint32_t untouched = static_cast<uint32_t>(values[0]._version());
  optimizer->step({1}, {torch::ones({7})}, no_skip());
  EXPECT_EQ(values[0]._version(), untouched);
  EXPECT_THROW(loss.backward(), c10::Error);
}

TEST_P(EveryOptimizer, RateFactorScalesTheStep) {
  const Tensors values = make_values(torch::kDouble), halved = make_values(torch::kDouble),
                start = make_values(torch::kDouble);
  const auto optimizer = build(values), slower = build(halved);
  slower->set_rate_factor(0.5);
  optimizer->step(kAll, make_gradients(values, 0), no_skip());
  slower->step(kAll, make_gradients(values, 0), no_skip());
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(torch::allclose((values[2] - start[2]) * 0.5, halved[2] - start[2], 1e-9, 1e-12));
  const Tensors before = clones(values);
  optimizer->set_rate_factor(0);
  optimizer->step(kAll, make_gradients(values, 1), no_skip());
  EXPECT_TRUE(torch::equal(values[2], before[2]));
}

TEST_P(EveryOptimizer, RefusesWrongGradients) {
  const Tensors values = make_values();
  const auto optimizer = build(values);
  EXPECT_THROW(optimizer->step({0, 1}, {torch::ones({7})}, no_skip()), c10::Error);
  EXPECT_THROW(optimizer->step({1}, {torch::ones({8})}, no_skip()), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(
    Optimizers, EveryOptimizer,
    ::testing::Values(
        Case{"Adam", "adam", AdamOptions{}, {"exp_avg", "exp_avg_sq", "step"}},
        Case{"AdamWithDecay",
             "adam",
             AdamOptions{.weight_decay = 0.01},
             {"exp_avg", "exp_avg_sq", "step"}},
        Case{"RmsProp", "rmsprop", RmsPropOptions{}, {"square_avg"}},
        Case{"RmsPropWithMomentum",
             "rmsprop",
             RmsPropOptions{.momentum = 0.9},
             {"square_avg", "momentum_buffer"}},
        Case{"SgdWithMomentum", "sgd", SgdOptions{.momentum = 0.9}, {"momentum_buffer"}}),
    [](const auto& tested) { return tested.param.name; });

TEST(Sgd, PlainHasNoStateAndSkips) {
  const torch::Tensor value = torch::ones({2});
  Sgd sgd({.learning_rate = 0.5}, {{"p", value}});
  EXPECT_TRUE(state_of(sgd).empty());
  sgd.step({0}, {torch::full({2}, 1.0)}, no_skip());
  EXPECT_TRUE(torch::equal(value, torch::full({2}, 0.5)));
  sgd.step({0}, {torch::full({2}, std::numeric_limits<float>::quiet_NaN())}, skip());
  EXPECT_TRUE(torch::equal(value, torch::full({2}, 0.5)));
}

TEST(Optimizer, RefusesParametersOfDifferentTypes) {
  EXPECT_THROW(Adam({}, {{"a", torch::ones({1})}, {"b", torch::ones({1}, torch::kDouble)}}),
               c10::Error);
}

TEST(OptimizerVariants, EachIsBuiltFromItsDefaults) {
  for (const SectionVariant& variant : optimizer_variants()) {
    EXPECT_NE(build_optimizer(variant.name, variant.table->make_default(), named(make_values())),
              nullptr);
  }
  EXPECT_THROW(build_optimizer("lion", std::any(), named(make_values())), c10::Error);
}

}  // namespace
}  // namespace gantrain
