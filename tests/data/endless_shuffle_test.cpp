#include <algorithm>

#include <gtest/gtest.h>

#include "gantrain/data/loader.h"

namespace gantrain {
namespace {

std::vector<int64_t> epoch_of(EndlessShuffle& shuffle, int64_t count, int64_t epoch) {
  std::vector<int64_t> order;
  for (int64_t i = 0; i < count; ++i) {
    order.push_back(shuffle.at(epoch * count + i));
  }
  return order;
}

TEST(EndlessShuffle, EveryEpochIsAPermutationAndAnotherOne) {
  constexpr int64_t kCount = 1000;
  EndlessShuffle shuffle(kCount, 7);
  std::vector<std::vector<int64_t>> epochs;
  for (int64_t e = 0; e < 3; ++e) {
    epochs.push_back(epoch_of(shuffle, kCount, e));
    std::vector<int64_t> sorted = epochs.back();
    std::sort(sorted.begin(), sorted.end());
    for (int64_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(sorted[i], i);
    }
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
}

TEST(EndlessShuffle, DependsOnSeedAndPositionOnly) {
  constexpr int64_t kCount = 50;
  EndlessShuffle forward(kCount, 7);
  const std::vector<int64_t> first = epoch_of(forward, kCount, 0);
  const std::vector<int64_t> fifth = epoch_of(forward, kCount, 5);
  EndlessShuffle jumping(kCount, 7);
  EXPECT_EQ(epoch_of(jumping, kCount, 5), fifth);
  EXPECT_EQ(epoch_of(jumping, kCount, 0), first);
  EndlessShuffle other(kCount, 8);
  EXPECT_NE(epoch_of(other, kCount, 0), first);
}

// So that a checkpoint goes on with the same images on another machine. Values: SplitMix64 and
// Fisher-Yates, worked out in Python.
TEST(EndlessShuffle, IsTheSameOnEveryPlatform) {
  EndlessShuffle shuffle(10, 42);
  EXPECT_EQ(epoch_of(shuffle, 10, 0), (std::vector<int64_t>{8, 2, 1, 5, 0, 9, 4, 6, 3, 7}));
  EXPECT_EQ(epoch_of(shuffle, 10, 3), (std::vector<int64_t>{6, 0, 9, 2, 5, 1, 7, 4, 3, 8}));
}

// Chi-square over where image 0 lands: 9 degrees of freedom, 99.99 % below 33.7.
TEST(EndlessShuffle, FavoursNoPlace) {
  constexpr int64_t kCount = 10;
  constexpr int kEpochs = 5000;
  EndlessShuffle shuffle(kCount, 3);
  std::vector<double> hits(kCount, 0.0);
  for (int64_t e = 0; e < kEpochs; ++e) {
    const std::vector<int64_t> order = epoch_of(shuffle, kCount, e);
    hits[std::find(order.begin(), order.end(), 0) - order.begin()] += 1;
  }
  double chi_square = 0;
  for (const double hit : hits) {
    chi_square += (hit - 500) * (hit - 500) / 500;
  }
  EXPECT_LT(chi_square, 33.7);
}

TEST(EndlessShuffle, WithoutShufflingCountsRound) {
  EndlessShuffle shuffle(3, 7, /*shuffle=*/false);
  EXPECT_EQ(shuffle.at(0), 0);
  EXPECT_EQ(shuffle.at(5), 2);
  EXPECT_EQ(shuffle.at(300), 0);
}

TEST(EndlessShuffle, RefusesAnEmptySet) {
  EXPECT_ANY_THROW(EndlessShuffle(0, 7));
}

}  // namespace
}  // namespace gantrain
