#include "models/augmenter.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

constexpr int64_t kBatch = 10;

AugmentOptions adaptive_options() {
  return {.policy = {"color"},
          .probability = 0.9,
          .adaptive = true,
          .target = 0.6,
          .interval = 4,
          .speed_kimg = 0.2};  // a move of 10 * 4 / 200 = 0.2
}

void adapt(Augmenter& augmenter, double sign, int times, double skip = 0) {
  const TensorMap reports;
  const UpdateContext update{0, kBatch, reports, torch::full({}, skip)};
  for (int i = 0; i < times; ++i) {
    augmenter.adapt(torch::full({}, sign), update);
  }
}

double probability(const Augmenter& augmenter) {
  return augmenter.probability().item<double>();
}

TEST(Augmenter, MovesByTheRuleEveryFourBatches) {
  Augmenter augmenter(adaptive_options());
  adapt(augmenter, 0.8, 3);
  EXPECT_EQ(probability(augmenter), 0);
  adapt(augmenter, 0.8, 1);
  EXPECT_NEAR(probability(augmenter), 0.2, 1e-6);
  adapt(augmenter, 0.8, 8);
  EXPECT_NEAR(probability(augmenter), 0.6, 1e-6);
  adapt(augmenter, 0.4, 4);
  EXPECT_NEAR(probability(augmenter), 0.4, 1e-6);
}

TEST(Augmenter, TheMeanOfTheBatchesDecides) {
  Augmenter augmenter(adaptive_options());
  adapt(augmenter, 0.2, 1);
  adapt(augmenter, 0.8, 3);  // a mean of 0.65
  EXPECT_NEAR(probability(augmenter), 0.2, 1e-6);
  adapt(augmenter, 0.8, 1);
  adapt(augmenter, 0.5, 3);  // 0.575
  EXPECT_NEAR(probability(augmenter), 0, 1e-6);
}

TEST(Augmenter, StaysBetweenZeroAndTheProbabilityOfTheOptions) {
  Augmenter augmenter(adaptive_options());
  adapt(augmenter, 1, 40);
  EXPECT_NEAR(probability(augmenter), 0.9, 1e-6);
  adapt(augmenter, -1, 40);
  EXPECT_EQ(probability(augmenter), 0);
}

TEST(Augmenter, ASkippedUpdateMovesNothing) {
  Augmenter augmenter(adaptive_options());
  adapt(augmenter, 1, 3);
  adapt(augmenter, std::numeric_limits<double>::quiet_NaN(), 5, /*skip=*/1);
  EXPECT_EQ(probability(augmenter), 0);
  adapt(augmenter, 1, 1);
  EXPECT_NEAR(probability(augmenter), 0.2, 1e-6);
}

}  // namespace
}  // namespace gantrain
