#include "gantrain/nn/dropout.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

torch::Tensor mask_of(double probability, uint64_t seed, torch::IntArrayRef shape,
                      torch::ScalarType type = torch::kDouble) {
  torch::manual_seed(seed);
  return Dropout(probability)->forward(torch::ones(shape, type));
}

class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }

 private:
  int before_;
};

TEST(Dropout, DropsWithItsProbabilityAndScalesTheRest) {
  const int64_t count = 1'000'001;
  for (const double probability : {0.001, 0.3, 0.5, 0.9}) {
    const torch::Tensor mask = mask_of(probability, 1, {count});
    const torch::Tensor dropped = mask == 0;
    EXPECT_TRUE((mask.masked_select(~dropped) == 1 / (1 - probability)).all().item<bool>());
    const double deviation = std::sqrt(probability * (1 - probability) / count);
    EXPECT_NEAR(dropped.to(torch::kDouble).mean().item<double>(), probability, 5 * deviation);
  }
}

TEST(Dropout, NeighboursAreIndependent) {
  const torch::Tensor dropped = (mask_of(0.5, 2, {1'000'000}) == 0).to(torch::kDouble) - 0.5;
  for (const int64_t distance : {1, 2, 3, 64, 32768}) {
    const double correlation =
        (dropped.slice(0, distance) * dropped.slice(0, 0, -distance)).mean().item<double>() * 4;
    EXPECT_NEAR(correlation, 0, 0.005) << distance;
  }
}

TEST(Dropout, MasksDependOnTheSeedAndNotOnTheNumberOfThreads) {
  torch::Tensor one, four;
  {
    const Threads threads(1);
    one = mask_of(0.3, 3, {7, 11, 33, 41});
  }
  {
    const Threads threads(4);
    four = mask_of(0.3, 3, {7, 11, 33, 41});
  }
  EXPECT_TRUE(torch::equal(one, four));
  EXPECT_FALSE(torch::equal(one, mask_of(0.3, 4, {7, 11, 33, 41})));
}

TEST(Dropout, TwoCallsDrawTwoMasks) {
  torch::manual_seed(5);
  Dropout dropout(0.5);
  const torch::Tensor ones = torch::ones({1000});
  EXPECT_FALSE(torch::equal(dropout->forward(ones), dropout->forward(ones)));
}

TEST(Dropout, TheGradientGoesThroughTheSameMask) {
  torch::Tensor input = torch::ones({100, 3}, torch::requires_grad());
  const torch::Tensor output = Dropout(0.4)->forward(input);
  output.sum().backward();
  EXPECT_TRUE(torch::equal(input.grad(), output.detach()));
}

TEST(Dropout, KeepsTypeAndMemoryFormat) {
  const torch::Tensor input =
      torch::ones({2, 8, 5, 5}, torch::kBFloat16).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor output = Dropout(0.5)->forward(input);
  EXPECT_EQ(output.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(output.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

TEST(Dropout, DoesNothingInEvaluationOrWithProbabilityZero) {
  const torch::Tensor input = torch::randn({10});
  Dropout dropout(0.5);
  dropout->eval();
  EXPECT_TRUE(dropout->forward(input).is_same(input));
  EXPECT_TRUE(Dropout(0.0)->forward(input).is_same(input));
}

}  // namespace
}  // namespace gantrain
