#include "gantrain/image/geometry.h"

#include <set>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

using Bytes = std::vector<uint8_t>;

GeometryOptions options(Fit fit, int64_t width, int64_t height, int64_t load_width = 0,
                        int64_t load_height = 0) {
  return {fit, width, height, load_width, load_height, ResizeFilter::kBilinear};
}

std::vector<int64_t> sizes(const GeometryOptions& wanted, int64_t width, int64_t height) {
  const GeometryPlan plan = plan_geometry(wanted, width, height);
  return {plan.resized_width, plan.resized_height, plan.width, plan.height};
}

using Sizes = std::vector<int64_t>;

TEST(Geometry, PlansSizes) {
  EXPECT_EQ(sizes(options(Fit::kNone, 0, 0), 7, 5), (Sizes{7, 5, 7, 5}));
  EXPECT_EQ(sizes(options(Fit::kStretch, 64, 32), 100, 400), (Sizes{64, 32, 64, 32}));
}

// The longer side as torchvision.transforms.Resize(64) computes it: rounded down.
TEST(Geometry, CropCoversTheTarget) {
  EXPECT_EQ(sizes(options(Fit::kCrop, 64, 64), 100, 150), (Sizes{64, 96, 64, 64}));
  EXPECT_EQ(sizes(options(Fit::kCrop, 64, 64), 150, 101), (Sizes{95, 64, 64, 64}));
  EXPECT_EQ(sizes(options(Fit::kCrop, 64, 32), 50, 50), (Sizes{64, 64, 64, 32}));
  EXPECT_EQ(sizes(options(Fit::kCrop, 64, 32), 500, 50), (Sizes{320, 32, 64, 32}));
  EXPECT_EQ(sizes(options(Fit::kCrop, 64, 64), 64, 64), (Sizes{64, 64, 64, 64}));
}

TEST(Geometry, PadNeverEnlarges) {
  EXPECT_EQ(sizes(options(Fit::kPad, 32, 32), 28, 28), (Sizes{28, 28, 32, 32}));
  EXPECT_EQ(sizes(options(Fit::kPad, 32, 32), 64, 28), (Sizes{32, 14, 32, 32}));
  EXPECT_EQ(sizes(options(Fit::kPad, 32, 32), 10'000, 1), (Sizes{32, 1, 32, 32}));
}

TEST(Geometry, LetterboxFillsOneSide) {
  EXPECT_EQ(sizes(options(Fit::kLetterbox, 32, 32), 16, 8), (Sizes{32, 16, 32, 32}));
  EXPECT_EQ(sizes(options(Fit::kLetterbox, 32, 64), 100, 400), (Sizes{16, 64, 32, 64}));
}

// Numbers of pix2pix's data/base_dataset.py: load_size 286, crop_size 256.
TEST(Geometry, FollowsPix2pix) {
  EXPECT_EQ(sizes(options(Fit::kResizeAndCrop, 256, 256, 286, 286), 600, 400),
            (Sizes{286, 286, 256, 256}));
  EXPECT_EQ(sizes(options(Fit::kScaleWidth, 256, 256, 286), 600, 900), (Sizes{286, 429, 256, 256}));
  EXPECT_EQ(sizes(options(Fit::kScaleWidth, 256, 256, 286), 600, 400), (Sizes{286, 256, 256, 256}));
}

TEST(Geometry, RefusesSizesThatCannotBe) {
  EXPECT_THROW(plan_geometry(options(Fit::kStretch, 0, 4), 5, 5), Error);
  EXPECT_THROW(plan_geometry(options(Fit::kStretch, 4, 4), 0, 5), Error);
  EXPECT_THROW(plan_geometry(options(Fit::kResizeAndCrop, 256, 256, 200, 286), 5, 5), Error);
}

TEST(Geometry, DrawsEveryPlaceEquallyOften) {
  const GeometryPlan plan = plan_geometry(options(Fit::kResizeAndCrop, 4, 4, 6, 4), 9, 9);
  std::vector<int> counts(3);
  for (int i = 0; i < 300; ++i) {
    const Placement placement = random_placement(plan, i / 300.0, 0.99);
    ++counts.at(placement.left);
    EXPECT_EQ(placement.top, 0);
  }
  EXPECT_EQ(counts, (std::vector<int>{100, 100, 100}));
  EXPECT_EQ(random_placement(plan, 0.9999999999999999, 0.5).left, 2);
}

Image counted(int64_t width, int64_t height, int64_t channels = 1) {
  Image image{width, height, channels, {}};
  for (int64_t i = 0; i < width * height * channels; ++i) {
    image.pixels.push_back(static_cast<uint8_t>(i + 1));
  }
  return image;
}

TEST(Geometry, CropsInTheMiddleOrWhereTold) {
  GeometryOptions wanted = options(Fit::kResizeAndCrop, 2, 1, 3, 3);
  GeometryWorker worker(wanted);
  const Image image = counted(3, 3);
  EXPECT_EQ(worker.run(image).pixels, (Bytes{4, 5}));
  EXPECT_EQ(worker.run(image, 0.0, 0.0, false).pixels, (Bytes{1, 2}));
  EXPECT_EQ(worker.run(image, 0.6, 0.9, false).pixels, (Bytes{8, 9}));
  EXPECT_EQ(worker.run(image, 0.6, 0.9, true).pixels, (Bytes{9, 8}));
}

TEST(Geometry, PadsRoundTheMiddle) {
  GeometryOptions wanted = options(Fit::kPad, 5, 2);
  wanted.padding = {200, 100, 50};
  GeometryWorker worker(wanted);
  EXPECT_EQ(worker.run(counted(2, 1)).pixels,
            (Bytes{200, 1, 2, 200, 200, 200, 200, 200, 200, 200}));
  EXPECT_EQ(worker.run(counted(2, 1), 0.3, 0.3, true).pixels,
            (Bytes{200, 200, 2, 1, 200, 200, 200, 200, 200, 200}));
  GeometryOptions narrow = options(Fit::kPad, 2, 1);
  narrow.padding = {200, 100, 50};
  EXPECT_EQ(GeometryWorker(narrow).run(counted(1, 1, 3)).pixels, (Bytes{1, 2, 3, 200, 100, 50}));
  EXPECT_EQ(GeometryWorker(narrow).run(counted(1, 1, 4)).pixels,
            (Bytes{1, 2, 3, 4, 200, 100, 50, 255}));
}

TEST(Geometry, MirrorsPixelsOfEveryWidth) {
  for (const int64_t pixel_bytes : {1, 2, 3, 4, 6, 8}) {
    const Image image = counted(5, 2, pixel_bytes);
    Image once = image;
    Image twice = image;
    copy_window(image.pixels.data(), 5, pixel_bytes, {0, 0, true}, 5, 2, once.pixels.data());
    copy_window(once.pixels.data(), 5, pixel_bytes, {0, 0, true}, 5, 2, twice.pixels.data());
    EXPECT_EQ(twice.pixels, image.pixels);
    EXPECT_EQ(
        Bytes(once.pixels.begin(), once.pixels.begin() + pixel_bytes),
        Bytes(image.pixels.begin() + 4 * pixel_bytes, image.pixels.begin() + 5 * pixel_bytes));
  }
}

// One worker for images of many sizes: nothing of an earlier one stays.
TEST(Geometry, ForgetsEarlierImages) {
  GeometryWorker worker(options(Fit::kCrop, 8, 8));
  std::vector<Bytes> first;
  const std::pair<int64_t, int64_t> shapes[] = {{9, 30}, {16, 16}, {40, 8}};
  for (const auto& [width, height] : shapes) {
    first.push_back(GeometryWorker(options(Fit::kCrop, 8, 8)).run(counted(width, height)).pixels);
  }
  for (const size_t i : {2, 0, 1, 1, 0, 2}) {
    EXPECT_EQ(worker.run(counted(shapes[i].first, shapes[i].second)).pixels, first[i]);
  }
}

TEST(Geometry, WorksAt16Bits) {
  Image image{2, 1, 1, {}, 16};
  image.pixels.resize(4);
  image.samples16()[0] = 300;
  image.samples16()[1] = 40'000;
  const Image padded = GeometryWorker(options(Fit::kPad, 3, 1)).run(image, 0, 0, true);
  EXPECT_EQ(std::vector<uint16_t>(padded.samples16(), padded.samples16() + 3),
            (std::vector<uint16_t>{0, 40'000, 300}));
  const Image wide = GeometryWorker(options(Fit::kStretch, 4, 1)).run(image);
  EXPECT_EQ(wide.bits, 16);
  EXPECT_EQ(wide.samples16()[0], 300);
  EXPECT_EQ(wide.samples16()[1], 300 + (40'000 - 300) / 4);
}

TEST(ShiftPixels, MovesWhatIsThereAndLetsTheBackgroundIn) {
  // Two bytes a pixel, three wide, two high; the background is (9, 8).
  const std::vector<uint8_t> picture = {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6};
  const uint8_t background[] = {9, 8};
  const auto shifted_by = [&](int64_t right, int64_t down) {
    std::vector<uint8_t> pixels = picture;
    shift_pixels(pixels.data(), 3, 2, 2, right, down, background);
    return pixels;
  };
  EXPECT_EQ(shifted_by(0, 0), picture);
  EXPECT_EQ(shifted_by(1, 0), (Bytes{9, 8, 1, 1, 2, 2, 9, 8, 4, 4, 5, 5}));
  EXPECT_EQ(shifted_by(-2, 0), (Bytes{3, 3, 9, 8, 9, 8, 6, 6, 9, 8, 9, 8}));
  EXPECT_EQ(shifted_by(0, 1), (Bytes{9, 8, 9, 8, 9, 8, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(shifted_by(1, -1), (Bytes{9, 8, 4, 4, 5, 5, 9, 8, 9, 8, 9, 8}));
  const Bytes nothing = {9, 8, 9, 8, 9, 8, 9, 8, 9, 8, 9, 8};
  EXPECT_EQ(shifted_by(3, 0), nothing);
  EXPECT_EQ(shifted_by(-70, 0), nothing);
  EXPECT_EQ(shifted_by(0, 70), nothing);
}

}  // namespace
}  // namespace gantrain
