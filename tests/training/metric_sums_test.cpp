#include "training/metric_sums.h"

#include <limits>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

torch::Tensor scalar(double value) {
  return torch::full({}, value);
}
using Means = std::vector<std::pair<std::string, double>>;

TEST(MetricSums, GivesMeansInOrderOfAppearance) {
  MetricSums sums;
  sums.add("d", {{"b", scalar(1)}, {"a", scalar(10)}}, scalar(0));
  sums.add("d", {{"b", scalar(3)}, {"a", scalar(20)}}, scalar(0));
  sums.add("g", {{"c", scalar(5)}}, scalar(0));
  EXPECT_EQ(sums.means(), (Means{{"b", 2}, {"a", 15}, {"c", 5}}));
}

TEST(MetricSums, SkippedStepsDoNotCount) {
  MetricSums sums;
  sums.add("d", {{"a", scalar(4)}}, scalar(0));
  sums.add("d", {{"a", scalar(std::numeric_limits<double>::quiet_NaN())}}, scalar(1));
  EXPECT_EQ(sums.means(), (Means{{"a", 4}}));
}

TEST(MetricSums, ResetForgetsValues) {
  MetricSums sums;
  sums.add("d", {{"a", scalar(4)}}, scalar(0));
  sums.reset();
  EXPECT_EQ(sums.means(), Means());
}

TEST(MetricSums, SavedSumsGoOn) {
  MetricSums sums;
  sums.add("d", {{"a", scalar(4)}}, scalar(0));
  MetricSums loaded;
  loaded.load(sums.save(), torch::kCPU);
  loaded.add("d", {{"a", scalar(6)}}, scalar(0));
  EXPECT_EQ(loaded.means(), (Means{{"a", 5}}));
  EXPECT_EQ(sums.means(), (Means{{"a", 4}}));
}

// A penalty that is switched on with --resume RUN --set adds a term to a phase in mid-interval.
TEST(MetricSums, SavedSumsOfOtherNamesGiveWay) {
  MetricSums sums;
  sums.add("d", {{"a", scalar(4)}}, scalar(0));
  MetricSums loaded;
  loaded.load(sums.save(), torch::kCPU);
  loaded.add("d", {{"a", scalar(6)}, {"b", scalar(1)}}, scalar(0));
  EXPECT_EQ(loaded.means(), (Means{{"a", 6}, {"b", 1}}));
}

}  // namespace
}  // namespace gantrain
