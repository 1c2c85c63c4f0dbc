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

TEST(Resize, NearestTakesThePixelUnderTheCentre) {
  Bytes out(7);
  Bytes scratch;
  Resizer(3, 1, 7, 1, 1, ResizeFilter::kNearest).run(Bytes{1, 2, 3}.data(), out.data(), scratch);
  EXPECT_EQ(out, (Bytes{1, 1, 2, 2, 2, 3, 3}));
}

TEST(Resize, BoxAveragesWholePixels) {
  Bytes out(2);
  Bytes scratch;
  Resizer(6, 1, 2, 1, 1, ResizeFilter::kBox)
      .run(Bytes{10, 20, 60, 0, 0, 255}.data(), out.data(), scratch);
  EXPECT_EQ(out, (Bytes{30, 85}));
}

// Keys' cubic at 0.25, 0.75, 1.25, 1.75: 0.8671875, 0.2265625, -0.0703125, -0.0234375, which sum to
// one. Two outputs fall between the third and the fourth of six pixels.
TEST(Resize, BicubicOvershootsAndIsClamped) {
  const Bytes in = {0, 0, 0, 200, 200, 200};
  Bytes out(12);
  Bytes scratch;
  Resizer(6, 1, 12, 1, 1, ResizeFilter::kBicubic).run(in.data(), out.data(), scratch);
  EXPECT_EQ(out[5], 41);   // 200 * (0.2265625 - 0.0234375) = 40.6
  EXPECT_EQ(out[4], 0);    // negative, clamped
  EXPECT_EQ(out[7], 214);  // 200 * (1 + 0.0703125) = 214.1
}

// The exact weighted averages agree, up to one rounding in each of the 8-bit passes.
TEST(Resize, SixteenBitsAgreeWithEight) {
  constexpr int64_t kWidth = 37, kHeight = 23, kChannels = 3;
  Bytes in(kWidth * kHeight * kChannels);
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<uint8_t>(90 + i * 7919 % 71);  // far from both ends: nothing is clamped
  }
  std::vector<uint16_t> in16(in.begin(), in.end());
  for (uint16_t& sample : in16) {
    sample = static_cast<uint16_t>(sample * 257);
  }
  for (const auto& [name, filter] : resize_filter_names()) {
    for (const auto& [width, height] : {std::pair{8, 8}, std::pair{64, 50}, std::pair{37, 5}}) {
      const Resizer resizer(kWidth, kHeight, width, height, kChannels, filter);
      Bytes out(width * height * kChannels);
      Bytes scratch;
      resizer.run(in.data(), out.data(), scratch);
      std::vector<uint16_t> out16(out.size());
      std::vector<float> scratch16;
      resizer.run(in16.data(), out16.data(), scratch16);
      for (size_t i = 0; i < out.size(); ++i) {
        ASSERT_NEAR(out16[i] / 257.0, out[i], 1.5) << name << " " << width << " at " << i;
      }
    }
  }
}

TEST(Resize, ReusesItsScratchForAnySize) {
  Bytes scratch;
  const Bytes big(100 * 90 * 4, 9);
  Bytes out(300 * 200 * 4);
  Resizer(100, 90, 300, 200, 4, ResizeFilter::kLanczos).run(big.data(), out.data(), scratch);
  const Bytes in = {0, 200};
  Resizer(2, 1, 4, 1, 1).run(in.data(), out.data(), scratch);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 4), (Bytes{0, 50, 150, 200}));
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
