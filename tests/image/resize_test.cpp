#include "gantrain/image/resize.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes resize(const Bytes& in, int64_t from_width, int64_t from_height, int64_t to_width,
             int64_t to_height, int64_t channels = 1) {
  Bytes out(to_width * to_height * channels);
  Bytes scratch;
  Resizer(from_width, from_height, to_width, to_height, channels)
      .run(in.data(), out.data(), scratch);
  return out;
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  const Bytes in = {0, 50, 100, 150, 200, 255};
  EXPECT_EQ(resize(in, 3, 2, 3, 2), in);
}

TEST(Resize, KeepsAPlainImagePlain) {
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{3, 64}, std::pair{41, 7}}) {
    EXPECT_EQ(resize(Bytes(28 * 28, 137), 28, 28, width, height), Bytes(width * height, 137));
  }
}

// Centres of the four outputs lie at 0.25, 0.75, 1.25, 1.75 of two inputs with centres at 0.5
// and 1.5.
TEST(Resize, ByTwoBlendsOneQuarterOfTheNeighbour) {
  EXPECT_EQ(resize({0, 200}, 2, 1, 4, 1), (Bytes{0, 50, 150, 200}));
  EXPECT_EQ(resize({0, 200}, 1, 2, 1, 4), (Bytes{0, 50, 150, 200}));
}

// The triangle is two outputs wide: weights 1, 3, 3, 1 of 8 inside, and what is left of it at the
// edges: 3, 3, 1 of 7.
TEST(Resize, ToHalfAveragesUnderATriangle) {
  EXPECT_EQ(resize({70, 0, 0, 0, 0, 0}, 6, 1, 3, 1), (Bytes{30, 0, 0}));
  EXPECT_EQ(resize({0, 0, 80, 0, 0, 0}, 6, 1, 3, 1), (Bytes{11, 30, 0}));
  EXPECT_EQ(resize({0, 80, 0, 0, 0, 0}, 6, 1, 3, 1), (Bytes{34, 10, 0}));
}

TEST(Resize, WithoutAntialiasingItWouldMissThinLines) {
  Bytes in(64, 0);
  in[31] = 255;
  const Bytes out = resize(in, 64, 1, 8, 1);
  int sum = 0;
  for (const uint8_t value : out) {
    sum += value;
  }
  EXPECT_NEAR(sum, 255 / 8, 2);
}

TEST(Resize, KeepsChannelsApart) {
  const Bytes out = resize({0, 100, 7, 200, 100, 7}, 2, 1, 4, 1, 3);
  EXPECT_EQ(out, (Bytes{0, 100, 7, 50, 100, 7, 150, 100, 7, 200, 100, 7}));
}

TEST(Resize, IsSymmetric) {
  Bytes in(28);
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<uint8_t>(i * 37 % 256);
  }
  const Bytes mirrored(in.rbegin(), in.rend());
  for (const int64_t width : {5, 32, 64}) {
    const Bytes out = resize(in, 28, 1, width, 1);
    const Bytes back = resize(mirrored, 28, 1, width, 1);
    EXPECT_EQ(out, Bytes(back.rbegin(), back.rend())) << width;
  }
}

}  // namespace
}  // namespace gantrain
