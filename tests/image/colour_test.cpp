#include "gantrain/image/colour.h"

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

using Bytes = std::vector<uint8_t>;

Image row8(int64_t channels, Bytes pixels) {
  return {static_cast<int64_t>(pixels.size()) / channels, 1, channels, std::move(pixels)};
}

Image row16(int64_t channels, const std::vector<uint16_t>& samples) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(samples.data());
  return {static_cast<int64_t>(samples.size()) / channels,
          1,
          channels,
          {bytes, bytes + samples.size() * 2},
          16};
}

Bytes mapped8(Image image, int64_t channels, std::array<uint8_t, 3> background = {255, 255, 255}) {
  const Image out = map_colour(std::move(image), {channels, 8, background});
  EXPECT_EQ(out.channels, channels);
  EXPECT_EQ(out.bits, 8);
  return out.pixels;
}

std::vector<uint16_t> mapped16(Image image, int64_t channels,
                               std::array<uint8_t, 3> background = {255, 255, 255}) {
  const Image out = map_colour(std::move(image), {channels, 16, background});
  EXPECT_EQ(out.channels, channels);
  EXPECT_EQ(out.bits, 16);
  return {out.samples16(), out.samples16() + out.pixels.size() / 2};
}

TEST(MapColour, LeavesAloneWhatFits) {
  EXPECT_EQ(mapped8(row8(3, {1, 2, 3}), 3), (Bytes{1, 2, 3}));
  EXPECT_EQ(mapped8(row8(1, {1, 2, 3}), 1), (Bytes{1, 2, 3}));
}

TEST(MapColour, RepeatsGreyAndWeighsRgb) {
  EXPECT_EQ(mapped8(row8(1, {7, 9}), 3), (Bytes{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(mapped8(row8(3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}), 1),
            (Bytes{76, 150, 29, 255}));
  EXPECT_EQ(mapped16(row16(3, {65535, 0, 0, 0, 65535, 0, 0, 0, 65535, 65535, 65535, 65535}), 1),
            (std::vector<uint16_t>{19595, 38469, 7471, 65535}));
}

TEST(MapColour, PutsTransparentPixelsOnTheBackground) {
  // Opaque, clear, and half: (200 * 128 + 255 * 127 + 127) / 255 = 227.
  EXPECT_EQ(mapped8(row8(2, {200, 255, 200, 0, 200, 128}), 1), (Bytes{200, 255, 227}));
  EXPECT_EQ(mapped8(row8(4, {10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 51}), 3, {100, 150, 200}),
            (Bytes{10, 20, 30, 100, 150, 200, 80, 120, 160}));
  EXPECT_EQ(mapped16(row16(2, {1000, 65535, 1000, 0, 0, 32768}), 1),
            (std::vector<uint16_t>{1000, 65535, 32767}));
}

TEST(MapColour, ShowsAColouredBackgroundBehindGrey) {
  EXPECT_EQ(mapped8(row8(2, {50, 255, 50, 0}), 3, {255, 0, 0}), (Bytes{50, 50, 50, 255, 0, 0}));
  EXPECT_EQ(mapped8(row8(2, {50, 255, 50, 0}), 1, {255, 0, 0}), (Bytes{50, 76}));
}

TEST(MapColour, ConvertsDepthsWithoutDrift) {
  EXPECT_EQ(mapped16(row8(1, {0, 1, 128, 255}), 1), (std::vector<uint16_t>{0, 257, 32896, 65535}));
  EXPECT_EQ(mapped8(row16(1, {0, 128, 129, 385, 386, 65406, 65407, 65535}), 1),
            (Bytes{0, 0, 1, 1, 2, 254, 255, 255}));
  for (int value = 0; value < 256; ++value) {
    const Image wide = map_colour(row8(1, {static_cast<uint8_t>(value)}), {1, 16});
    EXPECT_EQ(mapped8(wide, 1), Bytes{static_cast<uint8_t>(value)});
  }
}

TEST(MapColour, RefusesWhatNoImageHas) {
  EXPECT_THROW(map_colour(row8(1, {1}), {2, 8}), Error);
  EXPECT_THROW(map_colour(row8(1, {1}), {1, 12}), Error);
}

}  // namespace
}  // namespace gantrain
