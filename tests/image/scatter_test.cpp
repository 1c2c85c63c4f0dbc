#include "gantrain/image/scatter.h"

#include <limits>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

std::vector<int> dark(const Image& image) {
  std::vector<int> places;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    if (image.pixels[i] == 0) {
      places.push_back(static_cast<int>(i));
    }
  }
  return places;
}

TEST(Scatter, DotsOfThreePixelsWithYUpwards) {
  ScatterCanvas canvas(5);
  canvas.add(0, 0.5);  // column 2, row 1
  EXPECT_EQ(dark(canvas.take()), (std::vector<int>{1, 2, 3, 6, 7, 8, 11, 12, 13}));
}

TEST(Scatter, DotsAreCutAtTheBorderAndPointsOutsideLeftOut) {
  ScatterCanvas canvas(5);
  canvas.add(-1, 1);
  canvas.add(1.1, 0);
  canvas.add(0, std::numeric_limits<double>::quiet_NaN());
  const Image image = canvas.take();
  EXPECT_EQ(dark(image), (std::vector<int>{0, 1, 5, 6}));
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.pixels.size(), 25U);
}

}  // namespace
}  // namespace gantrain
