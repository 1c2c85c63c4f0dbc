#include "gantrain/runtime/random_streams.h"

#include <set>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace gantrain {
namespace {

const RandomStreams kStreams(7, 0, torch::kCPU);

TEST(RandomStreams, KeyIsTheSameOnEveryMachineAndInEveryVersion) {
  // From an independent computation. Other values would make every earlier run unrepeatable.
  EXPECT_EQ(RandomStreams(0, 0, torch::kCPU).key(0, 0, ""), 4190513288326156095ULL);
  EXPECT_EQ(RandomStreams(7, 1, torch::kCPU).key(123, 2, "z"), 16091318387665224551ULL);
}

TEST(RandomStreams, KeyDependsOnEveryPart) {
  const std::set<uint64_t> keys = {
      kStreams.key(1, 0, "z"),
      kStreams.key(2, 0, "z"),
      kStreams.key(1, 1, "z"),
      kStreams.key(0, 1, "z"),
      kStreams.key(1, 0, "labels"),
      RandomStreams(8, 0, torch::kCPU).key(1, 0, "z"),
      RandomStreams(7, 1, torch::kCPU).key(1, 0, "z"),
  };
  EXPECT_EQ(keys.size(), 7u);
}

TEST(RandomStreams, KeysOfManyStepsAreAllDifferent) {
  std::set<uint64_t> keys;
  for (int64_t step = 0; step < 1000; ++step) {
    for (int64_t draw = 0; draw < 10; ++draw) {
      keys.insert(kStreams.key(step, draw, "z"));
    }
  }
  EXPECT_EQ(keys.size(), 10000u);
}

TEST(RandomStreams, SameCallGivesTheSameBitsWhateverWasDrawnBetween) {
  const auto first = kStreams.normal(5, 0, "z", {4, 100});
  torch::randn({1000});
  kStreams.uniform(5, 0, "z", {3});
  EXPECT_TRUE(torch::equal(first, kStreams.normal(5, 0, "z", {4, 100})));
  EXPECT_FALSE(torch::equal(first, kStreams.normal(6, 0, "z", {4, 100})));
}

TEST(RandomStreams, DrawingLeavesTheLibrarysGeneratorAlone) {
  torch::manual_seed(3);
  const auto expected = torch::rand({8});
  torch::manual_seed(3);
  kStreams.normal(0, 0, "z", {64});
  EXPECT_TRUE(torch::equal(torch::rand({8}), expected));
}

TEST(RandomStreams, ValuesDoNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto normal = kStreams.normal(0, 0, "z", {300, 300});
  const auto uniform = kStreams.uniform(0, 0, "t", {300, 300});
  const auto integers = kStreams.integers(0, 0, "i", 10, {300, 300});
  at::set_num_threads(2);
  EXPECT_TRUE(torch::equal(normal, kStreams.normal(0, 0, "z", {300, 300})));
  EXPECT_TRUE(torch::equal(uniform, kStreams.uniform(0, 0, "t", {300, 300})));
  EXPECT_TRUE(torch::equal(integers, kStreams.integers(0, 0, "i", 10, {300, 300})));
  at::set_num_threads(threads);
}

TEST(RandomStreams, NormalHasMeanZeroAndVarianceOne) {
  const auto values = kStreams.normal(0, 0, "z", {100, 1000}, torch::kDouble);
  EXPECT_EQ(values.scalar_type(), torch::kDouble);
  EXPECT_NEAR(values.mean().item<double>(), 0, 0.015);  // 5 standard errors of 1e5 values
  EXPECT_NEAR(values.var().item<double>(), 1, 0.025);
}

TEST(RandomStreams, UniformFillsTheUnitInterval) {
  const auto values = kStreams.uniform(0, 0, "t", {100, 1000});
  EXPECT_GE(values.min().item<float>(), 0);
  EXPECT_LT(values.max().item<float>(), 1);
  EXPECT_NEAR(values.mean().item<float>(), 0.5, 0.005);
}

TEST(RandomStreams, IntegersTakeEveryValueBelowTheBound) {
  const auto values = kStreams.integers(0, 0, "labels", 10, {1000});
  EXPECT_EQ(values.scalar_type(), torch::kLong);
  EXPECT_TRUE(torch::equal(std::get<0>(at::_unique(values)), torch::arange(10)));
  EXPECT_THROW(kStreams.integers(0, 0, "labels", 0, {1}), c10::Error);
}

TEST(RandomStreams, SeedLibraryRepeatsDropoutOfAStep) {
  const auto drop = [](int64_t step) {
    kStreams.seed_library(step, 0, "dropout");
    return torch::dropout(torch::ones({100}), 0.5, true);
  };
  const auto first = drop(1);
  EXPECT_FALSE(torch::equal(first, drop(2)));
  EXPECT_TRUE(torch::equal(first, drop(1)));
}

TEST(RandomStreams, MetaDeviceGivesShapesOnly) {
  const RandomStreams streams(7, 0, torch::kMeta);
  EXPECT_TRUE(streams.normal(0, 0, "z", {2, 3}).is_meta());
  EXPECT_EQ(streams.uniform(0, 0, "t", {2, 3}).sizes(), torch::IntArrayRef({2, 3}));
  EXPECT_EQ(streams.integers(0, 0, "i", 10, {4}).scalar_type(), torch::kLong);
  EXPECT_NO_THROW(streams.seed_library(0, 0, "dropout"));
}

}  // namespace
}  // namespace gantrain
