#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/data/registry.h"

#include "data/gathered.h"
#include "data/pair_dataset.h"
#include "support/error_of.h"
#include "support/image_tensor.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

constexpr BatchGeometry kPairOfEight = {{3, 8, 8}, {3, 8, 8}};

template <typename Options>
Options pair_options(const TemporaryFolder& folder) {
  Options options;
  options.path = folder.path().string();
  options.workers = 0;
  return options;
}

HostBatch draw(const Dataset& dataset, const Draw& one) {
  HostBatch out = make_host_batch(dataset.info(), 1);
  dataset.gather({one}, out);
  return out;
}

TEST(PairedDataset, TheLeftHalfIsAAndTheRightHalfB) {
  const TemporaryFolder folder;
  write_noise(folder, "1.png", 1, 16, 8);
  const torch::Tensor both = tensor_of(noise_image(1, 16, 8));
  const torch::Tensor left = both.slice(2, 0, 8);
  const torch::Tensor right = both.slice(2, 8, 16);
  auto options = pair_options<PairedOptions>(folder);
  const HostBatch to_b = gathered_batch(*open_dataset("paired", options, kPairOfEight, ""), {0});
  EXPECT_TRUE(to_b.inputs[0].equal(left));
  EXPECT_TRUE(to_b.images[0].equal(right));
  options.direction = Direction::kBToA;
  const HostBatch to_a = gathered_batch(*open_dataset("paired", options, kPairOfEight, ""), {0});
  EXPECT_TRUE(to_a.inputs[0].equal(right));
  EXPECT_TRUE(to_a.images[0].equal(left));
}

TEST(PairedDataset, NamesAnOddWidth) {
  const TemporaryFolder folder;
  write_noise(folder, "x.png", 1, 17, 8);
  EXPECT_THAT(
      error_of(
          ErrorKind::kData,
          [&] { open_dataset("paired", pair_options<PairedOptions>(folder), kPairOfEight, ""); }),
      HasSubstr("x.png: is 17 pixels wide; a pair A|B side by side has an even width"));
}

// Both halves hold the same picture, so that shared chance leaves them equal.
TEST(PairedDataset, CropAndFlipAreSharedByThePair) {
  const TemporaryFolder folder;
  const Image half = noise_image(3, 16, 16);
  Image both = noise_image(0, 32, 16);
  for (int64_t y = 0; y < 16; ++y) {
    for (int64_t i = 0; i < 2; ++i) {
      std::copy_n(half.pixels.data() + y * half.row_bytes(), half.row_bytes(),
                  both.pixels.data() + y * both.row_bytes() + i * half.row_bytes());
    }
  }
  folder.write("1.png", encode_png(both));
  auto options = pair_options<PairedOptions>(folder);
  options.fit = Fit::kResizeAndCrop;
  options.load_size = 12;
  options.crop = Crop::kRandom;
  options.flip = true;
  const auto dataset = open_dataset("paired", options, kPairOfEight, "");
  std::set<std::string> seen;
  for (uint64_t key = 1; key <= 60; ++key) {
    const HostBatch batch = draw(*dataset, {0, 0, key});
    ASSERT_TRUE(batch.images.equal(batch.inputs)) << key;
    seen.emplace(static_cast<const char*>(batch.images.data_ptr()), 8 * 8 * 3);
  }
  EXPECT_GT(seen.size(), 30U);  // of 5 x 5 places, mirrored or not
}

TEST(PairedDataset, LoadSizeIsPix2PixsWhenNotGiven) {
  const TemporaryFolder folder;
  write_noise(folder, "1.png", 1, 128, 64);
  auto options = pair_options<PairedOptions>(folder);
  options.fit = Fit::kResizeAndCrop;
  options.crop = Crop::kRandom;
  const auto dataset = open_dataset("paired", options, {{3, 64, 64}, {3, 64, 64}}, "");
  EXPECT_EQ(dataset->info().bytes, 2U * 72 * 72 * 3);  // 64 * 286 / 256, rounded
}

TEST(PairedFoldersDataset, JoinsFilesOfEqualName) {
  const TemporaryFolder folder;
  write_noise(folder, "A/1.png", 1);
  write_noise(folder, "B/1.png", 2);
  write_noise(folder, "A/2.png", 3);
  write_noise(folder, "B/2.png", 4);
  const auto options = pair_options<PairedFoldersOptions>(folder);
  const auto dataset = open_dataset("paired_folders", options, kPairOfEight, "");
  EXPECT_EQ(dataset->info().count, 2);
  const HostBatch batch = gathered_batch(*dataset, {1, 0});
  EXPECT_TRUE(batch.inputs[0].equal(tensor_of(noise_image(3, 8, 8))));
  EXPECT_TRUE(batch.images[0].equal(tensor_of(noise_image(4, 8, 8))));
  EXPECT_TRUE(batch.inputs[1].equal(tensor_of(noise_image(1, 8, 8))));
}

TEST(PairedFoldersDataset, APairMayHaveTwoResolutionsButNotTwoShapes) {
  const TemporaryFolder folder;
  write_noise(folder, "A/1.png", 1, 8, 6);
  write_noise(folder, "B/1.png", 2, 32, 24);
  auto options = pair_options<PairedFoldersOptions>(folder);
  options.crop = Crop::kRandom;
  const BatchGeometry geometry = {{3, 16, 16}, {3, 4, 4}};
  const auto dataset = open_dataset("paired_folders", options, geometry, "");
  EXPECT_EQ(draw(*dataset, {0, 0, 5}).inputs.size(3), 4);
  write_noise(folder, "A/2.png", 1, 8, 8);
  write_noise(folder, "B/2.png", 2, 32, 24);
  EXPECT_THAT(
      error_of(ErrorKind::kData, [&] { open_dataset("paired_folders", options, geometry, ""); }),
      HasSubstr("B/2.png: the sizes within the pair differ: 32x24, and its partner has 8x8"));
}

TEST(PairedFoldersDataset, APairOfTwoSizesIsShiftedByPixelsOfTheSmaller) {
  const TemporaryFolder folder;
  const Image small = noise_image(1, 4, 4);
  Image large = noise_image(2, 8, 8);  // each pixel of the small one, four times
  for (int64_t i = 0; i < 8 * 8; ++i) {
    std::copy_n(small.pixels.data() + (i / 16 * 4 + i % 8 / 2) * 3, 3, large.pixels.data() + i * 3);
  }
  folder.write("A/1.png", encode_png(small));
  folder.write("B/1.png", encode_png(large));
  auto options = pair_options<PairedFoldersOptions>(folder);
  options.shift = 1;
  const auto dataset = open_dataset("paired_folders", options, {{3, 8, 8}, {3, 4, 4}}, "");
  std::set<std::string> seen;
  for (uint64_t key = 1; key <= 60; ++key) {
    const HostBatch batch = draw(*dataset, {0, 0, key});
    const torch::Tensor enlarged = batch.inputs.repeat_interleave(2, 2).repeat_interleave(2, 3);
    ASSERT_TRUE(batch.images.equal(enlarged)) << key;
    seen.emplace(static_cast<const char*>(batch.inputs.data_ptr()), 4 * 4 * 3);
  }
  EXPECT_EQ(seen.size(), 9U);
}

TEST(UnpairedDataset, CropsEachSideByItself) {
  const TemporaryFolder folder;
  for (const char* name : {"A/1.png", "B/x.png"}) {
    write_noise(folder, name, 3, 16, 8);
  }
  write_noise(folder, "A/2.png", 4, 16, 8);
  auto options = pair_options<UnpairedOptions>(folder);
  options.crop = Crop::kRandom;
  options.flip = true;
  const auto dataset = open_dataset("unpaired", options, kPairOfEight, "");
  EXPECT_EQ(dataset->info().count, 2);
  EXPECT_EQ(dataset->info().unpaired_images, 1);
  EXPECT_EQ(dataset->info().unpaired_inputs, 2);
  EXPECT_THAT(dataset->info().description, HasSubstr("(1 to make, 2 given)"));
  int64_t different = 0;
  for (uint64_t key = 1; key <= 40; ++key) {
    const HostBatch batch = draw(*dataset, {0, 0, key});
    different += batch.images.equal(batch.inputs) ? 0 : 1;
  }
  EXPECT_GT(different, 25);
  EXPECT_TRUE(
      draw(*dataset, {0, 1, 0}).inputs[0].equal(tensor_of(noise_image(4, 16, 8)).slice(2, 4, 12)));
}

TEST(DerivedDataset, MakesTheInputOfTheCroppedImage) {
  const TemporaryFolder folder;
  write_noise(folder, "1.png", 1, 12, 8);
  auto options = pair_options<DerivedOptions>(folder);
  options.input = DerivedInput::kMasked;
  options.crop = Crop::kRandom;
  options.flip = true;
  const auto dataset = open_dataset("derived", options, kPairOfEight, "");
  for (uint64_t key = 1; key <= 10; ++key) {
    const HostBatch batch = draw(*dataset, {0, 0, key});
    const torch::Tensor hidden = batch.inputs.ne(batch.images);
    EXPECT_FALSE(hidden.slice(2, 0, 2).any().item<bool>());
    EXPECT_TRUE(batch.inputs.slice(2, 2, 6).slice(3, 2, 6).eq(128).all().item<bool>());
  }
}

TEST(PairedDataset, AModelWithoutInputsGetsTheImagesAlone) {
  const TemporaryFolder folder;
  write_noise(folder, "1.png", 1, 16, 8);
  const auto dataset = open_dataset("paired", pair_options<PairedOptions>(folder), {{3, 8, 8}}, "");
  const HostBatch batch = gathered_batch(*dataset, {0});
  EXPECT_FALSE(batch.inputs.defined());
  EXPECT_TRUE(batch.images[0].equal(tensor_of(noise_image(1, 16, 8)).slice(2, 8, 16)));
}

}  // namespace
}  // namespace gantrain
