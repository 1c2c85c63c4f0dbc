#include "gantrain/image/grid.h"

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

Image plain(int64_t width, int64_t height, int64_t channels, uint8_t value) {
  return {width, height, channels, std::vector<uint8_t>(width * height * channels, value)};
}

std::vector<Image> numbered(int count) {
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) {
    images.push_back(plain(3, 2, 1, static_cast<uint8_t>(i)));
  }
  return images;
}

TEST(Grid, PutsTwoPixelsOfWhiteBetweenAndAround) {
  const Image grid = make_grid(numbered(6), 3);
  EXPECT_EQ(grid.width, 2 + 3 * (3 + 2));
  EXPECT_EQ(grid.height, 2 + 2 * (2 + 2));
  EXPECT_EQ(grid.channels, 1);
  for (int64_t y = 0; y < grid.height; ++y) {
    for (int64_t x = 0; x < grid.width; ++x) {
      const int64_t column = x / 5;
      const int64_t row = y / 4;
      const bool gap = x % 5 < 2 || y % 4 < 2;
      EXPECT_EQ(grid.pixels[y * grid.width + x], gap ? 255 : row * 3 + column) << x << "," << y;
    }
  }
}

TEST(Grid, LeavesTheRestOfTheLastRowWhite) {
  const Image grid = make_grid(numbered(5), 3);
  EXPECT_EQ(grid.pixels[(2 + 4) * grid.width + 2 + 10], 255);
  EXPECT_EQ(grid.pixels[(2 + 4) * grid.width + 2 + 5], 4);
}

TEST(Grid, IsAsSquareAsPossibleWithoutColumns) {
  const auto columns = [](int count) { return (make_grid(numbered(count)).width - 2) / 5; };
  EXPECT_EQ(columns(1), 1);
  EXPECT_EQ(columns(2), 2);
  EXPECT_EQ(columns(64), 8);
  EXPECT_EQ(columns(65), 9);
}

TEST(Grid, HasNoEmptyColumns) {
  EXPECT_EQ(make_grid(numbered(2), 8).width, 2 + 2 * 5);
}

TEST(Grid, KeepsChannelsTogether) {
  Image image = plain(1, 1, 3, 0);
  image.pixels = {10, 20, 30};
  const Image grid = make_grid({image});
  const std::vector<uint8_t> middle(grid.pixels.begin() + (2 * 5 + 2) * 3,
                                    grid.pixels.begin() + (2 * 5 + 3) * 3);
  EXPECT_EQ(middle, image.pixels);
}

TEST(Grid, RefusesNothingAndMixedSizes) {
  EXPECT_THROW(make_grid({}), Error);
  EXPECT_THROW(make_grid({plain(2, 2, 1, 0), plain(2, 3, 1, 0)}), Error);
}

}  // namespace
}  // namespace gantrain
