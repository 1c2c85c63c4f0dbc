#include "data/picture_dataset.h"

#include <cstring>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/data/loader.h"

#include "data/folder_dataset.h"
#include "data/gathered.h"
#include "support/error_of.h"
#include "support/image_tensor.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr BatchGeometry kEight = {{3, 8, 8}};

FolderOptions folder_options(const TemporaryFolder& folder) {
  FolderOptions options;
  options.path = (folder / "set").string();
  options.workers = 0;
  return options;
}

std::shared_ptr<const Dataset> open(const FolderOptions& options,
                                    const BatchGeometry& geometry = kEight,
                                    const DataContext& context = {}) {
  return open_dataset("folder", options, geometry, "c.json", context);
}

std::string problem_of(const FolderOptions& options, ErrorKind kind = ErrorKind::kData) {
  return error_of(kind, [&] { open(options); });
}

// Some batches of the set, with crops and flips by chance, one after the other.
torch::Tensor drawn(const Dataset& dataset, int64_t batches = 5) {
  DrawOrder order(dataset.info(), 11);
  std::vector<torch::Tensor> all;
  for (int64_t batch = 0; batch < batches; ++batch) {
    std::vector<Draw> draws;
    for (int64_t i = 0; i < 6; ++i) {
      draws.push_back(order.at(6 * batch + i));
    }
    HostBatch out = make_host_batch(dataset.info(), 6);
    dataset.gather(draws, out);
    all.push_back(out.images);
  }
  return torch::cat(all);
}

TEST(PictureDataset, HandsOutThePixelsOfTheFiles) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3);
  const auto dataset = open(folder_options(folder));
  EXPECT_EQ(dataset->info().count, 3);
  EXPECT_EQ(dataset->info().description, "folder of images, 3 images 8x8 RGB");
  EXPECT_EQ(dataset->info().bytes, 3U * 8 * 8 * 3);
  const torch::Tensor images = gathered(*dataset, {2, 0});
  EXPECT_TRUE(images[0].equal(tensor_of(noise_image(2, 8, 8))));
  EXPECT_TRUE(images[1].equal(tensor_of(noise_image(0, 8, 8))));
}

TEST(PictureDataset, CropsTheMiddleOfMixedSizes) {
  const TemporaryFolder folder;
  folder.write("set/wide.png", encode_png(noise_image(1, 12, 8)));
  const torch::Tensor image = gathered(*open(folder_options(folder)), {0})[0];
  EXPECT_TRUE(image.equal(tensor_of(noise_image(1, 12, 8)).slice(2, 2, 10)));
}

TEST(PictureDataset, MapsColoursAndTransparency) {
  const TemporaryFolder folder;
  Image clear = noise_image(1, 8, 8, 4);
  for (size_t i = 3; i < clear.pixels.size(); i += 4) {
    clear.pixels[i] = 0;
  }
  folder.write("set/clear.png", encode_png(clear));
  folder.write("set/grey.png", encode_png(noise_image(2, 8, 8, 1)));
  auto options = folder_options(folder);
  options.background = {10, 20, 30};
  const torch::Tensor images = gathered(*open(options), {0, 1});
  for (int64_t c = 0; c < 3; ++c) {
    EXPECT_TRUE(images[0][c].eq(10 * (c + 1)).all().item<bool>());
    EXPECT_TRUE(images[1][c].equal(tensor_of(noise_image(2, 8, 8, 1))[0]));
  }
}

TEST(PictureDataset, KeepsSixteenBits) {
  const TemporaryFolder folder;
  const Image image = noise_image(5, 8, 8, 1, 16);
  folder.write("set/deep.png", encode_png(image));
  auto options = folder_options(folder);
  options.bit_depth = 16;
  const auto dataset = open(options, {{1, 8, 8}});
  const HostBatch batch = gathered_batch(*dataset, {0});
  EXPECT_EQ(batch.images.scalar_type(), torch::kUInt16);
  EXPECT_EQ(std::memcmp(batch.images.data_ptr(), image.pixels.data(), image.pixels.size()), 0);
  BatchLoader loader(dataset, 1, 1, torch::kCPU, torch::kFloat);
  const torch::Tensor values = loader.next().images.flatten();
  EXPECT_NEAR(values[3].item<float>(), static_cast<float>(image.samples16()[3]) / 32767.5F - 1,
              1e-6);
}

TEST(PictureDataset, CropsAndFlipsByTheKeyOfTheDraw) {
  const TemporaryFolder folder;
  write_noise(folder, "set/a.png", 1, 12, 8);
  auto options = folder_options(folder);
  options.crop = Crop::kRandom;
  options.flip = true;
  const auto dataset = open(options);
  const torch::Tensor whole = tensor_of(noise_image(1, 12, 8));
  std::set<int64_t> seen;
  for (uint64_t key = 1; key <= 100; ++key) {
    HostBatch out = make_host_batch(dataset->info(), 1);
    dataset->gather({{0, 0, key}}, out);
    int64_t found = -1;
    for (int64_t left = 0; left <= 4; ++left) {
      const torch::Tensor window = whole.slice(2, left, left + 8);
      found = out.images[0].equal(window)           ? left
              : out.images[0].equal(window.flip(2)) ? 10 + left
                                                    : found;
    }
    ASSERT_NE(found, -1) << key;
    seen.insert(found);
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
  EXPECT_TRUE(gathered(*dataset, {0})[0].equal(whole.slice(2, 2, 10)));
}

TEST(PictureDataset, ShiftsByTheKeyOfTheDrawOverTheBackground) {
  const TemporaryFolder folder;
  write_noise(folder, "set/a.png", 1);
  auto options = folder_options(folder);
  options.background = {10, 20, 30};
  options.shift = 2;
  const auto dataset = open(options);
  const torch::Tensor picture = tensor_of(noise_image(1, 8, 8));
  torch::Tensor wide = torch::tensor({10, 20, 30}).to(torch::kUInt8).view({3, 1, 1});
  wide = wide.expand({3, 12, 12}).clone();
  wide.slice(1, 2, 10).slice(2, 2, 10).copy_(picture);
  std::set<int64_t> seen;
  for (uint64_t key = 1; key <= 300; ++key) {
    HostBatch out = make_host_batch(dataset->info(), 1);
    dataset->gather({{0, 0, key}}, out);
    int64_t found = -1;
    for (int64_t place = 0; place < 25; ++place) {
      const torch::Tensor window =
          wide.slice(1, place / 5, place / 5 + 8).slice(2, place % 5, place % 5 + 8);
      found = out.images[0].equal(window) ? place : found;
    }
    ASSERT_NE(found, -1) << key;
    seen.insert(found);
  }
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_TRUE(gathered(*dataset, {0})[0].equal(picture));
}

// The same seed gives the same batches, wherever decoded images are kept and whoever decodes them.
TEST(PictureDataset, BatchesDependNeitherOnWorkersNorOnWhereImagesAreKept) {
  const TemporaryFolder folder;
  for (uint32_t i = 0; i < 15; ++i) {
    write_noise(folder, "set/" + std::to_string(10 + i) + ".png", i, 9 + i, 20 - i);
  }
  auto options = folder_options(folder);
  options.crop = Crop::kRandom;
  options.flip = true;
  const torch::Tensor expected = drawn(*open(options));
  const std::string print = open(options)->info().fingerprint;
  for (const int64_t workers : {0, 1, 4}) {
    options.workers = workers;
    options.cache = Caching::kAuto;
    options.memory_mb = 0;
    const auto resident = open(options);
    EXPECT_TRUE(drawn(*resident).equal(expected)) << workers;
    EXPECT_GT(resident->info().bytes, 15U * 8 * 8 * 3);
    options.cache = Caching::kOff;
    const auto decoding = open(options);
    EXPECT_TRUE(drawn(*decoding).equal(expected)) << workers;
    EXPECT_EQ(decoding->info().bytes, 0U);
    EXPECT_EQ(decoding->info().fingerprint, print);
  }
}

// 40 images of 160x160 need 3 MB.
struct LargeSet {
  TemporaryFolder folder;
  FolderOptions options;
  BatchGeometry geometry = {{3, 160, 160}};
  DataContext context;

  LargeSet() {
    write_noises(folder, "set/", 40, 160, 160);
    options = folder_options(folder);
    options.memory_mb = 1;
    context.cache_file = folder / "pixels.cache";
  }
  std::shared_ptr<const Dataset> open_it() const { return open(options, geometry, context); }
};

TEST(PictureDataset, KeepsWhatDoesNotFitIntoMemoryInAFile) {
  LargeSet set;
  auto roomy = set.options;
  roomy.memory_mb = 100;
  const auto resident = open(roomy, set.geometry, set.context);
  EXPECT_FALSE(fs::exists(set.context.cache_file));
  const torch::Tensor expected = drawn(*resident, 3);
  for (const int64_t workers : {0, 4}) {
    set.options.workers = workers;
    const auto cached = set.open_it();
    EXPECT_GE(fs::file_size(set.context.cache_file), 40U * 160 * 160 * 3);
    EXPECT_LT(cached->info().bytes, 1000U);
    EXPECT_TRUE(drawn(*cached, 3).equal(expected));
    EXPECT_EQ(cached->info().fingerprint, resident->info().fingerprint);
  }
}

TEST(PictureDataset, UsesItsCacheFileAgainUntilTheFilesOrTheRecipeChange) {
  LargeSet set;
  const torch::Tensor first = drawn(*set.open_it(), 3);
  const auto written = fs::last_write_time(set.context.cache_file);
  EXPECT_TRUE(drawn(*set.open_it(), 3).equal(first));
  EXPECT_EQ(fs::last_write_time(set.context.cache_file), written);
  set.options.background = {0, 0, 0};
  set.open_it();
  const auto for_recipe = fs::last_write_time(set.context.cache_file);
  EXPECT_NE(for_recipe, written);
  write_noise(set.folder, "set/000.png", 99, 160, 160);
  const auto changed = set.open_it();
  EXPECT_NE(fs::last_write_time(set.context.cache_file), for_recipe);
  EXPECT_TRUE(gathered(*changed, {0})[0].equal(tensor_of(noise_image(99, 160, 160))));
}

TEST(PictureDataset, NeverTrustsADamagedCacheFile) {
  LargeSet set;
  const torch::Tensor expected = drawn(*set.open_it(), 3);
  {  // every record
    std::fstream file(set.context.cache_file, std::ios::in | std::ios::out | std::ios::binary);
    for (int64_t i = 0; i < 40; ++i) {
      file.seekp(i * 160 * 160 * 3 + 1000);
      file.put('\0').put('\1').put('\2');
    }
  }
  EXPECT_TRUE(drawn(*set.open_it(), 3).equal(expected));
  fs::resize_file(set.context.cache_file, 1000);
  EXPECT_TRUE(drawn(*set.open_it(), 3).equal(expected));
  EXPECT_GE(fs::file_size(set.context.cache_file), 40U * 160 * 160 * 3);
}

TEST(PictureDataset, DecodesEachTimeWhereNoCacheCanBeWritten) {
  LargeSet set;
  set.context.cache_file = set.folder / "missing" / "pixels.cache";
  const auto dataset = set.open_it();
  EXPECT_EQ(dataset->info().bytes, 0U);
  EXPECT_TRUE(gathered(*dataset, {7})[0].equal(tensor_of(noise_image(7, 160, 160))));
}

TEST(PictureDataset, ListsEveryBadImage) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 4);
  folder.write("set/empty.png", "");
  folder.write("set/page.jpg", "<html>");
  const std::string whole = encode_png(noise_image(1, 8, 8));
  folder.write("set/cut.png", whole.substr(0, whole.size() - 20));
  auto options = folder_options(folder);
  const std::string message = problem_of(options);
  for (const char* part :
       {"3 of 7 files cannot be used", "empty.png: ", "page.jpg: ", "cut.png: "}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  options.on_bad_image = BadImages::kSkip;
  EXPECT_THAT(problem_of(options), HasSubstr("more than data.max_bad_share (0.05) allows"));
  options.max_bad_share = 0.5;
  EXPECT_EQ(open(options)->info().count, 4);
}

TEST(PictureDataset, FindsImagesThatDoNotFitTheModel) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 2);
  write_noise(folder, "set/small.png", 1, 8, 7);
  auto options = folder_options(folder);
  EXPECT_EQ(open(options)->info().count, 3);
  options.small_images = SmallImages::kError;
  EXPECT_THAT(problem_of(options), HasSubstr("small.png: 8x7 is smaller than the model's 8x8"));
  options.small_images = SmallImages::kUpscale;
  options.fit = Fit::kNone;
  EXPECT_THAT(problem_of(options), HasSubstr("small.png: 8x7 is smaller than the model's 8x8"));
  options.fit = Fit::kCrop;
  options.max_image_pixels = 60;
  EXPECT_THAT(problem_of(options), HasSubstr("000.png: 8x8 exceeds max_image_pixels"));
}

// Its shorter side resized to 8 would make the longer one 80,000 pixels long.
TEST(PictureDataset, DoesNotBlowUpAStrip) {
  const TemporaryFolder folder;
  write_noise(folder, "set/strip.png", 1, 10'000, 1);
  auto options = folder_options(folder);
  options.max_image_pixels = 20'000;
  EXPECT_THAT(problem_of(options), HasSubstr("strip.png: would be resized to 80000x8"));
}

TEST(PictureDataset, ReplacesAFewFilesThatVanishInTrainingAndNoMore) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 200);
  auto options = folder_options(folder);
  options.cache = Caching::kOff;
  const auto dataset = open(options);
  fs::remove(folder / "set/000.png");
  folder.write("set/005.png", "another content");
  const torch::Tensor images = gathered(*dataset, {0, 5, 6});
  EXPECT_TRUE(images[0].equal(tensor_of(noise_image(1, 8, 8))));
  EXPECT_TRUE(images[1].equal(tensor_of(noise_image(6, 8, 8))));
  EXPECT_TRUE(images[2].equal(images[1]));
  fs::remove(folder / "set/100.png");
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { gathered(*dataset, {100}); }),
              HasSubstr("3 of 200 images vanished or changed during training (at most 1 % may)"));
}

TEST(PictureDataset, TheFingerprintFollowsTheContent) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3);
  const auto options = folder_options(folder);
  const std::string before = open(options)->info().fingerprint;
  fs::last_write_time(folder / "set/000.png", fs::file_time_type::clock::now());
  EXPECT_EQ(open(options)->info().fingerprint, before);
  write_noise(folder, "set/000.png", 77);
  EXPECT_NE(open(options)->info().fingerprint, before);
}

TEST(PictureDataset, LabelsReachTheBatch) {
  const TemporaryFolder folder;
  write_noises(folder, "set/cats/", 2);
  write_noises(folder, "set/dogs/", 3);
  ClassesOptions options;
  options.path = (folder / "set").string();
  const auto dataset = open_dataset("classes", options, kEight, "c.json");
  EXPECT_THAT(dataset->info().class_names, ElementsAre("cats", "dogs"));
  EXPECT_THAT(dataset->info().description, HasSubstr("2 classes"));
  EXPECT_EQ(gathered_labels(*dataset, {4, 0, 2}), (std::vector<int64_t>{1, 0, 1}));
}

TEST(PictureDataset, StopsWhenAsked) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3);
  DataContext context;
  context.stopped = [] { return true; };
  EXPECT_THROW(open(folder_options(folder), kEight, context), Stopped);
}

TEST(PictureDataset, SaysWhatTheModelCannotBeGiven) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3);
  const auto problem = [&](const BatchGeometry& geometry) {
    return error_of(ErrorKind::kConfig, [&] { open(folder_options(folder), geometry); });
  };
  EXPECT_THAT(problem({{4, 8, 8}}), HasSubstr("c.json: image files come out with 1 or 3 channels"));
  EXPECT_THAT(problem({{3, 8, 8}, {3, 8, 8}}), HasSubstr("c.json: the model is given inputs"));
}

}  // namespace
}  // namespace gantrain
