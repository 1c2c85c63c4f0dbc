#include "gantrain/image/tile_plan.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

// What the tiles' weights sum to at every place of the results.
std::vector<double> sums_of(const TileAxis& axis, int64_t scale) {
  std::vector<double> sums(static_cast<size_t>(axis.size * scale));
  for (size_t i = 0; i < axis.starts.size(); ++i) {
    const std::vector<float> weights = axis.weights(i, scale);
    for (size_t j = 0; j < weights.size(); ++j) {
      sums[static_cast<size_t>(axis.starts[i] * scale) + j] += static_cast<double>(weights[j]);
    }
  }
  return sums;
}

TEST(TilePlan, OneTileWhereItFits) {
  for (const int64_t size : {4, 60, 64}) {
    const TileAxis axis = plan_tiles(size, 64, {8, 4}, 4);
    EXPECT_EQ(axis.starts, std::vector<int64_t>{0});
    EXPECT_EQ(axis.tile, size);
    EXPECT_EQ(axis.overlap(), 0);
    for (const float weight : axis.weights(0)) {
      EXPECT_EQ(weight, 1.0F);
    }
  }
}

TEST(TilePlan, TilesCoverEverythingAndOverlapEnough) {
  const TileAxis axis = plan_tiles(200, 64, {8, 4}, 4);
  EXPECT_EQ(axis.starts, (std::vector<int64_t>{0, 44, 88, 132, 136}));
  EXPECT_EQ(axis.overlap(), 20);
  EXPECT_EQ(axis.starts.back() + axis.tile, axis.size);
}

TEST(TilePlan, WeightsSumToOneAndAreNeverNegative) {
  for (const int64_t multiple : {1, 4, 32}) {
    for (int64_t size = 4 * multiple; size < 40 * multiple + 200; size += 3 * multiple) {
      for (const int64_t scale : {1, 2, 4}) {
        const int64_t tile = rounded_up(70, multiple) + 2 * multiple;
        const TileAxis axis = plan_tiles(size, tile, {16, 8}, multiple);
        for (const double sum : sums_of(axis, scale)) {
          ASSERT_NEAR(sum, 1, 1e-6) << size << " by " << multiple;
        }
        for (size_t i = 0; i < axis.starts.size(); ++i) {
          ASSERT_EQ(axis.starts[i] % multiple, 0);
          for (const float weight : axis.weights(i, scale)) {
            ASSERT_GE(weight, 0.0F);
          }
        }
      }
    }
  }
}

TEST(TilePlan, MarginsCountForNothingButAtThePicturesOwnEdges) {
  const TileAxis axis = plan_tiles(300, 100, {20, 10}, 1);
  for (size_t i = 0; i < axis.starts.size(); ++i) {
    const std::vector<float> weights = axis.weights(i);
    for (size_t j = 0; j < 20; ++j) {
      EXPECT_EQ(weights[j], i == 0 ? 1.0F : 0.0F);
      EXPECT_EQ(weights[weights.size() - 1 - j], i + 1 == axis.starts.size() ? 1.0F : 0.0F);
    }
  }
}

TEST(TilePlan, FadesAreStraightLines) {
  const TileAxis axis = plan_tiles(150, 100, {20, 10}, 1);
  ASSERT_EQ(axis.starts, (std::vector<int64_t>{0, 50}));
  EXPECT_EQ(axis.feather, 10);
  // They share 50..100; the fade has its middle at 75.
  const std::vector<float> weights = axis.weights(1);
  EXPECT_EQ(weights[19], 0.0F);
  EXPECT_FLOAT_EQ(weights[20], 0.05F);
  EXPECT_FLOAT_EQ(weights[25], 0.55F);
  EXPECT_EQ(weights[30], 1.0F);
}

TEST(TilePlan, MirrorsAsOftenAsNeeded) {
  const std::vector<int64_t> expected = {2, 1, 0, 1, 2, 3, 2, 1, 0, 1};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(mirrored(static_cast<int64_t>(i) - 2, 4), expected[i]) << i;
  }
  for (int64_t place = -5; place < 5; ++place) {
    EXPECT_EQ(mirrored(place, 1), 0);
    EXPECT_EQ(mirrored(place, 2), ((place % 2) + 2) % 2);
  }
}

}  // namespace
}  // namespace gantrain
