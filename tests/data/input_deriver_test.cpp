#include "data/input_deriver.h"

#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/image/colour.h"

#include "support/error_of.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

std::vector<uint8_t> derive(const DerivedOptions& options, const BatchGeometry& geometry,
                            const Image& image, CounterRandom* random = nullptr) {
  const InputDeriver deriver(options, geometry, "c.json");
  InputDeriver::Scratch scratch;
  std::vector<uint8_t> input(static_cast<size_t>(geometry.inputs.values() * options.bits() / 8));
  deriver.run(image.pixels.data(), input.data(), random, scratch);
  return input;
}

TEST(InputDeriver, LowResolutionIsTheImageMadeSmaller) {
  DerivedOptions options;
  const Image image = noise_image(1, 16, 12);
  const auto input = derive(options, {{3, 12, 16}, {3, 3, 4}}, image);
  std::vector<uint8_t> expected(3 * 4 * 3);
  std::vector<uint8_t> scratch;
  Resizer(16, 12, 4, 3, 3, options.filter).run(image.pixels.data(), expected.data(), scratch);
  EXPECT_EQ(input, expected);
}

TEST(InputDeriver, GreyIsLumaInOneChannelOrThree) {
  DerivedOptions options;
  options.input = DerivedInput::kGrey;
  const Image image = noise_image(2, 4, 4);
  std::vector<uint8_t> luma(16);
  rgb_to_luma(image.pixels.data(), 16, luma.data());
  EXPECT_EQ(derive(options, {{3, 4, 4}, {1, 4, 4}}, image), luma);
  const auto three = derive(options, {{3, 4, 4}, {3, 4, 4}}, image);
  for (size_t i = 0; i < three.size(); ++i) {
    ASSERT_EQ(three[i], luma[i / 3]);
  }
}

TEST(InputDeriver, TheMaskHidesTheMiddle) {
  DerivedOptions options;
  options.input = DerivedInput::kMasked;
  const Image image = plain_image(7, 8, 8);
  const auto input = derive(options, {{3, 8, 8}, {4, 8, 8}}, image);
  for (size_t y = 0; y < 8; ++y) {
    for (size_t x = 0; x < 8; ++x) {
      const bool hidden = y >= 2 && y < 6 && x >= 2 && x < 6;
      const uint8_t* pixel = &input[(y * 8 + x) * 4];
      for (size_t c = 0; c < 3; ++c) {
        ASSERT_EQ(pixel[c], hidden ? 128 : 7) << x << "," << y;
      }
      ASSERT_EQ(pixel[3], hidden ? 255 : 0);
    }
  }
}

TEST(InputDeriver, ARandomMaskMovesWithTheKeyAndStaysInside) {
  DerivedOptions options;
  options.input = DerivedInput::kMasked;
  options.mask = MaskPlace::kRandom;
  options.mask_share = 0.25;
  const Image image = plain_image(0, 8, 8, 1);
  std::set<std::string> places;
  for (uint64_t key = 1; key <= 200; ++key) {
    CounterRandom random(key, 0);
    const auto input = derive(options, {{1, 8, 8}, {1, 8, 8}}, image, &random);
    EXPECT_EQ(std::count(input.begin(), input.end(), 128), 4) << key;
    places.emplace(input.begin(), input.end());
  }
  EXPECT_GT(places.size(), 40U);  // of 7 x 7
}

TEST(InputDeriver, SixteenBitsKeepTheirMiddle) {
  DerivedOptions options;
  options.input = DerivedInput::kMasked;
  options.bit_depth = 16;
  const Image image = noise_image(3, 4, 4, 1, 16);
  const auto input = derive(options, {{1, 4, 4}, {1, 4, 4}}, image);
  const auto* samples = reinterpret_cast<const uint16_t*>(input.data());
  EXPECT_EQ(samples[5], 32768);
  EXPECT_EQ(samples[0], image.samples16()[0]);
}

TEST(InputDeriver, SaysWhichGeometriesDoNotGoTogether) {
  DerivedOptions options;
  const auto problem = [&](const BatchGeometry& geometry) {
    return error_of(ErrorKind::kConfig, [&] { InputDeriver(options, geometry, "c.json"); });
  };
  EXPECT_THAT(problem({{3, 8, 8}, {3, 16, 16}}), HasSubstr("c.json: data.input does not go"));
  options.input = DerivedInput::kGrey;
  EXPECT_THAT(problem({{1, 8, 8}, {1, 8, 8}}), HasSubstr("of colour images"));
  options.input = DerivedInput::kMasked;
  EXPECT_THAT(problem({{3, 8, 8}, {1, 8, 8}}), HasSubstr("one more for the mask"));
}

}  // namespace
}  // namespace gantrain
