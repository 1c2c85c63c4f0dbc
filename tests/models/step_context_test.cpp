#include "gantrain/models/step_context.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

Batch images_of(int64_t count) {
  return {torch::zeros({count, 1, 2, 2}), {}, {}};
}

TEST(StepContext, MicroBatchesSliceTheDrawOfTheWholeBatch) {
  const RandomStreams streams(3, 0, torch::kCPU);
  const Runtime runtime;
  StepContext whole(streams, runtime, images_of(6), 5, 1, 0, 6);
  StepContext second(streams, runtime, images_of(2), 5, 1, 2, 6);
  EXPECT_TRUE(torch::equal(whole.normal("z", {6, 4}).slice(0, 2, 4), second.normal("z", {2, 4})));
  EXPECT_TRUE(
      torch::equal(whole.integers("i", 9, {6}).slice(0, 2, 4), second.integers("i", 9, {2})));
}

TEST(StepContext, DrawsDependOnStepDrawAndStream) {
  const RandomStreams streams(3, 0, torch::kCPU);
  const Runtime runtime;
  const auto draw = [&](int64_t step, int64_t number, const char* stream) {
    return StepContext(streams, runtime, images_of(2), step, number, 0, 2).uniform(stream, {2, 3});
  };
  EXPECT_TRUE(torch::equal(draw(1, 0, "a"), draw(1, 0, "a")));
  EXPECT_FALSE(torch::equal(draw(1, 0, "a"), draw(2, 0, "a")));
  EXPECT_FALSE(torch::equal(draw(1, 0, "a"), draw(1, 1, "a")));
  EXPECT_FALSE(torch::equal(draw(1, 0, "a"), draw(1, 0, "b")));
}

TEST(StepContext, InjectedValuesWin) {
  const RandomStreams streams(3, 0, torch::kCPU);
  StepContext context(streams, Runtime(), images_of(2), 0, 0, 0, 2);
  const torch::Tensor given = torch::full({2, 4}, 7.0);
  context.inject("z", given);
  EXPECT_TRUE(torch::equal(context.normal("z", {2, 4}), given));
}

TEST(StepContext, ReportsAreDetached) {
  const RandomStreams streams(3, 0, torch::kCPU);
  StepContext context(streams, Runtime(), images_of(2), 0, 0, 0, 2);
  context.report("x", torch::ones({}, torch::requires_grad()));
  ASSERT_EQ(context.reports().size(), 1U);
  EXPECT_FALSE(context.reports()[0].second.requires_grad());
}

}  // namespace
}  // namespace gantrain
