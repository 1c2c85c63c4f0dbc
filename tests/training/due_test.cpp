#include "training/due.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

TEST(Due, AnIntervalInStepsFiresAtItsMultiples) {
  const Length every{10, LengthUnit::kSteps};
  EXPECT_FALSE(crossed(every, {8, 0, 0}, {9, 0, 0}, 100));
  EXPECT_TRUE(crossed(every, {9, 0, 0}, {10, 0, 0}, 100));
  EXPECT_FALSE(crossed(every, {10, 0, 0}, {11, 0, 0}, 100));
}

TEST(Due, AnIntervalInEpochsFiresWhenABatchCrossesTheEnd) {
  const Length every{1, LengthUnit::kEpochs};
  EXPECT_FALSE(crossed(every, {1, 64, 0}, {2, 96, 0}, 100));
  EXPECT_TRUE(crossed(every, {2, 96, 0}, {3, 128, 0}, 100));
}

TEST(Due, KimgAndSecondsHaveTheirOwnMeasure) {
  EXPECT_TRUE(crossed({2, LengthUnit::kKimg}, {1, 1990, 0}, {2, 2000, 0}, 7));
  EXPECT_TRUE(crossed({60, LengthUnit::kSeconds}, {1, 0, 59.5}, {2, 0, 60.5}, 7));
  EXPECT_FALSE(crossed({60, LengthUnit::kSeconds}, {1, 0, 60.5}, {2, 0, 61}, 7));
}

TEST(Due, NeverIsNever) {
  EXPECT_FALSE(crossed({0, LengthUnit::kSteps}, {0, 0, 0}, {1000, 1000, 1000}, 7));
}

TEST(Due, LengthsComeToStepsRoundedUp) {
  EXPECT_EQ(steps_of({8, LengthUnit::kEpochs}, 64, 60000), 7500);
  EXPECT_EQ(steps_of({1, LengthUnit::kEpochs}, 64, 100), 2);
  EXPECT_EQ(steps_of({1, LengthUnit::kKimg}, 300, 7), 4);
  EXPECT_EQ(steps_of({20, LengthUnit::kSteps}, 300, 7), 20);
}

}  // namespace
}  // namespace gantrain
