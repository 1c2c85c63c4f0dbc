#include "gantrain/nn/minibatch_stddev.h"

#include <cmath>

#include <gtest/gtest.h>

#include "nn/finite_differences.h"

namespace gantrain {
namespace {

// The added channel's one value of each picture.
torch::Tensor added(const torch::Tensor& map) {
  const auto made = minibatch_stddev(map);
  EXPECT_EQ(made.size(1), map.size(1) + 1);
  EXPECT_TRUE(torch::equal(made.slice(1, 0, map.size(1)), map));
  const auto channel = made.select(1, map.size(1)).flatten(1);
  EXPECT_TRUE(torch::equal(channel, channel.slice(1, 0, 1).expand_as(channel)));
  return channel.select(1, 0);
}

torch::Tensor pictures_of(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble).view({-1, 1, 1, 1}).expand({-1, 3, 2, 2});
}

TEST(MinibatchStddev, IsTheGroupsDeviation) {
  const double deviation = std::sqrt(1.25 + 1e-8);  // of 1, 2, 3, 4
  const auto wanted = torch::full({4}, deviation, torch::kDouble);
  EXPECT_TRUE(torch::allclose(added(pictures_of({1, 2, 3, 4})), wanted));
}

TEST(MinibatchStddev, AveragesOverChannelsAndPlaces) {
  torch::manual_seed(1);
  const auto map = torch::randn({4, 3, 2, 2}, torch::kDouble);
  const auto wanted = (map.var(0, /*unbiased=*/false) + 1e-8).sqrt().mean();
  EXPECT_TRUE(torch::allclose(added(map), wanted.expand({4})));
}

TEST(MinibatchStddev, GroupsAreEveryKthPicture) {
  // Two groups of 4: the even places and the odd ones.
  const auto eight = added(pictures_of({1, 0, 2, 0, 3, 0, 4, 0}));
  EXPECT_NEAR(eight[0].item<double>(), std::sqrt(1.25), 1e-8);
  EXPECT_NEAR(eight[1].item<double>(), 1e-4, 1e-12);
  EXPECT_NEAR(eight[6].item<double>(), std::sqrt(1.25), 1e-8);
}

TEST(MinibatchStddev, TakesTheLargestGroupThatDividesTheBatch) {
  const auto six = added(pictures_of({0, 5, 3, 5, 6, 5}));  // two groups of 3
  EXPECT_NEAR(six[0].item<double>(), std::sqrt(6.0), 1e-8);
  EXPECT_NEAR(six[1].item<double>(), 1e-4, 1e-12);
  const auto seven = added(pictures_of({0, 5, 3, 5, 6, 5, 1}));
  EXPECT_TRUE(torch::allclose(seven, torch::full({7}, 1e-4, torch::kDouble)));
}

TEST(MinibatchStddev, HasTheGradientOfFiniteDifferencesTwice) {
  torch::manual_seed(2);
  expect_gradient_of(
      [](const torch::Tensor& map) { return minibatch_stddev(map).select(1, 2).square().sum(); },
      torch::randn({8, 2, 3, 3}, torch::kDouble), /*twice=*/true);
}

TEST(MinibatchStddev, KeepsPrecision) {
  const auto map = torch::randn({4, 2, 2, 2}).to(torch::kBFloat16);
  EXPECT_EQ(minibatch_stddev(map).scalar_type(), torch::kBFloat16);
}

}  // namespace
}  // namespace gantrain
