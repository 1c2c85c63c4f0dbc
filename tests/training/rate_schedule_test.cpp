#include "training/rate_schedule.h"

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

#include "training/gradient_clip.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

constexpr int64_t kBatch = 10;
constexpr int64_t kImages = 100;  // ten steps an epoch

Length epochs(double amount) {
  return {amount, LengthUnit::kEpochs};
}
Length steps(double amount) {
  return {amount, LengthUnit::kSteps};
}

double factor(const UpdateOptions& options, const Length& training, int64_t step) {
  return RateSchedule(options, training, kBatch, kImages).factor(step);
}

// Counted from 1, at its first and its last step.
void expect_in_epoch(const UpdateOptions& options, int64_t epoch, double expected) {
  EXPECT_DOUBLE_EQ(factor(options, epochs(200), (epoch - 1) * 10), expected) << epoch;
  EXPECT_DOUBLE_EQ(factor(options, epochs(200), (epoch - 1) * 10 + 9), expected) << epoch;
}

TEST(RateSchedule, LinearByEpochIsThatOfPix2pix) {
  const UpdateOptions options = {.schedule = ScheduleKind::kLinearByEpoch,
                                 .schedule_start = epochs(100)};
  expect_in_epoch(options, 1, 1);
  expect_in_epoch(options, 99, 1);
  expect_in_epoch(options, 100, 1 - 1.0 / 101);
  expect_in_epoch(options, 101, 1 - 2.0 / 101);
  expect_in_epoch(options, 150, 1 - 51.0 / 101);
  expect_in_epoch(options, 200, 0);
}

TEST(RateSchedule, StepByEpochIsThatOfPix2pix) {
  const UpdateOptions options = {.schedule = ScheduleKind::kStepByEpoch,
                                 .schedule_every = epochs(50)};
  expect_in_epoch(options, 1, 1);
  expect_in_epoch(options, 49, 1);
  expect_in_epoch(options, 50, 0.1);  // the scheduler moves at an epoch's start
  expect_in_epoch(options, 99, 0.1);
  expect_in_epoch(options, 100, 0.1 * 0.1);
}

TEST(RateSchedule, CosineByEpochGoesDownAndUpAgain) {
  const UpdateOptions options = {.schedule = ScheduleKind::kCosineByEpoch,
                                 .schedule_every = epochs(100)};
  expect_in_epoch(options, 1, (1 + std::cos(M_PI / 100)) / 2);
  expect_in_epoch(options, 100, 0);
  EXPECT_NEAR(factor(options, epochs(200), 1490), 0.5, 1e-12);
  expect_in_epoch(options, 200, 1);
}

TEST(RateSchedule, ConstantIsOne) {
  EXPECT_EQ(factor({}, steps(100), 0), 1);
  EXPECT_EQ(factor({}, {60, LengthUnit::kSeconds}, 1000000), 1);
}

TEST(RateSchedule, LinearFallsFromItsStartToTheEnd) {
  const UpdateOptions options = {.schedule = ScheduleKind::kLinear, .schedule_start = steps(20)};
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 20), 1);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 60), 0.5);
  EXPECT_NEAR(factor(options, steps(100), 99), 1.0 / 80, 1e-15);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 100), 0);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 5000), 0);
}

TEST(RateSchedule, CosineIsHalfInTheMiddle) {
  const UpdateOptions options = {.schedule = ScheduleKind::kCosine};
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 0), 1);
  EXPECT_NEAR(factor(options, steps(100), 50), 0.5, 1e-15);
  EXPECT_NEAR(factor(options, steps(100), 25), (1 + std::sqrt(0.5)) / 2, 1e-15);
}

TEST(RateSchedule, StepFallsAtEveryInterval) {
  const UpdateOptions options = {.schedule = ScheduleKind::kStep,
                                 .schedule_start = steps(5),
                                 .schedule_every = epochs(1),
                                 .schedule_factor = 0.5};
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 14), 1);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 15), 0.5);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 25), 0.25);
}

TEST(RateSchedule, WarmsUp) {
  const UpdateOptions options = {.warmup = steps(4)};
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 0), 0.25);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 3), 1);
  EXPECT_DOUBLE_EQ(factor(options, steps(100), 50), 1);
}

TEST(RateSchedule, OfARunWithoutAnEndIsRefused) {
  try {
    tiny_config({"optimizer.generator.schedule=cosine", "training.length=1 min"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("optimizer.generator.schedule"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("training.length"), std::string::npos);
  }
  EXPECT_THROW(tiny_config({"optimizer.generator.warmup=10 s"}), Error);
}

TEST(RateSchedule, OfZeroStopsTheNetwork) {
  auto state = tiny_state(
      tiny_config({"optimizer.generator.schedule=step", "optimizer.generator.schedule_factor=0",
                   "optimizer.generator.schedule_every=2 steps"}));
  const auto weights = [&] {
    return state->model().networks()["generator"]->parameters()[0].clone();
  };
  const auto before = weights();
  state->step();
  state->step();
  const auto after = weights();
  EXPECT_FALSE(torch::equal(before, after));
  state->step();
  EXPECT_TRUE(torch::equal(weights(), after));
}

TEST(GradientClip, ScalesDownToTheNormAndNeverUp) {
  std::vector<torch::Tensor> gradients = {torch::tensor({3.0}), torch::tensor({0.0, 4.0})};
  GradientClip{.norm = 1}.apply(gradients, torch::tensor(5.0));
  EXPECT_TRUE(torch::allclose(gradients[0], torch::tensor({0.6}), 1e-5));
  EXPECT_TRUE(torch::allclose(gradients[1], torch::tensor({0.0, 0.8}), 1e-5));
  GradientClip{.norm = 10}.apply(gradients, torch::tensor(1.0));
  EXPECT_TRUE(torch::allclose(gradients[0], torch::tensor({0.6}), 1e-5));
}

TEST(GradientClip, BoundsEveryEntry) {
  std::vector<torch::Tensor> gradients = {torch::tensor({3.0, -0.5, -7.0})};
  GradientClip{.value = 1}.apply(gradients, torch::tensor(8.0));
  EXPECT_TRUE(torch::equal(gradients[0], torch::tensor({1.0, -0.5, -1.0})));
}

}  // namespace
}  // namespace gantrain
