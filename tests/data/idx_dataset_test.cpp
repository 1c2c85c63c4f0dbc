#include "data/idx_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/gathered.h"
#include "support/error_of.h"
#include "support/idx_bytes.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

constexpr ImageGeometry kSmall{1, 3, 4};

IdxOptions idx_options(const std::filesystem::path& path, DataSplit split = DataSplit::kTrain) {
  IdxOptions options;
  options.path = path.string();
  options.split = split;
  return options;
}

std::string message_for(const IdxOptions& options) {
  return error_of(ErrorKind::kData, [&] { open_idx_dataset(options, kSmall, "c.json"); });
}

// A folder with 5 training images of 4x3, the pixels counting on, with the labels 0 1 2 0 1, and 2
// test images.
class IdxFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("train-images-idx3-ubyte", idx_bytes({5, 3, 4}, counting_bytes(60)));
    folder.write("train-labels-idx1-ubyte", idx_bytes({5}, std::string("\0\1\2\0\1", 5)));
    folder.write("t10k-images.idx3-ubyte.gz",
                 gzip_bytes(idx_bytes({2, 3, 4}, std::string(24, 'x'))));
    folder.write("t10k-labels.idx1-ubyte.gz", gzip_bytes(idx_bytes({2}, std::string("\3\3", 2))));
  }
  std::string shown(const std::string& name) const { return (folder / name).string(); }

  TemporaryFolder folder;
};

TEST_F(IdxFolder, ReadsImagesAndLabels) {
  const auto dataset = open_idx_dataset(idx_options(folder.path()), kSmall, "c.json");
  EXPECT_EQ(dataset->info().description, "IDX, 5 images 4x3 grey, 3 classes");
  EXPECT_EQ(dataset->info().count, 5);
  EXPECT_EQ(dataset->info().classes, 3);
  EXPECT_EQ(dataset->info().bytes, 65u);
  EXPECT_TRUE(
      gathered(*dataset, {4, 1})
          .view({24})
          .equal(torch::cat({torch::arange(48, 60), torch::arange(12, 24)}).to(torch::kByte)));
  EXPECT_EQ(gathered_labels(*dataset, {2, 4}), (std::vector<int64_t>{2, 1}));
}

TEST_F(IdxFolder, ChoosesTheSplit) {
  EXPECT_EQ(
      open_idx_dataset(idx_options(folder.path(), DataSplit::kTest), kSmall, "")->info().count, 2);
  const auto all = open_idx_dataset(idx_options(folder.path(), DataSplit::kAll), kSmall, "");
  EXPECT_EQ(all->info().count, 7);
  EXPECT_EQ(all->info().classes, 4);
  EXPECT_EQ(gathered_labels(*all, {4, 5}), (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(gathered(*all, {5}).min().item<int>(), 'x');
}

TEST_F(IdxFolder, ReadsASingleFileAndTheLabelsBesideIt) {
  const auto dataset =
      open_idx_dataset(idx_options(folder / "t10k-images.idx3-ubyte.gz"), kSmall, "");
  EXPECT_EQ(dataset->info().count, 2);
  EXPECT_EQ(dataset->info().classes, 4);
}

TEST_F(IdxFolder, ReadsImagesAlone) {
  std::filesystem::remove(folder / "train-labels-idx1-ubyte");
  IdxOptions options = idx_options(folder.path());
  EXPECT_EQ(
      message_for(options),
      folder.path().string() +
          ": there is no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz in this folder; "
          "set data.labels to false to train without labels.");
  options.path = shown("train-images-idx3-ubyte");
  EXPECT_EQ(message_for(options), shown("train-labels-idx1-ubyte") +
                                      ": no such file, and it should hold the labels of " +
                                      shown("train-images-idx3-ubyte") +
                                      "; set data.labels to false to train without labels.");
  options.labels = false;
  EXPECT_EQ(open_idx_dataset(options, kSmall, "")->info().classes, 0);
}

TEST_F(IdxFolder, TakesTheFirstImagesOnly) {
  IdxOptions options = idx_options(folder.path());
  options.max_images = 2;
  const DatasetInfo info = open_idx_dataset(options, kSmall, "")->info();
  EXPECT_EQ(info.count, 2);
  EXPECT_EQ(info.classes, 3);  // as the whole file has
  EXPECT_EQ(info.bytes, 26u);
}

TEST_F(IdxFolder, FitsImagesToTheModel) {
  IdxOptions options = idx_options(folder.path());
  options.fit = ImageFit::kPad;
  const auto dataset = open_idx_dataset(options, {3, 5, 6}, "c.json");
  EXPECT_EQ(dataset->info().description,
            "IDX, 5 images 4x3 grey, padded to 6x5, grey repeated to RGB, 3 classes");
  const torch::Tensor image = gathered(*dataset, {1})[0];
  EXPECT_TRUE(image.slice(1, 1, 4).slice(2, 1, 5).equal(
      torch::arange(12, 24).view({1, 3, 4}).expand({3, 3, 4}).to(torch::kByte)));
  EXPECT_EQ(image.sum().item<int64_t>(), 3 * (12 + 23) * 6);
}

TEST_F(IdxFolder, FingerprintFollowsPixelsLabelsAndGeometry) {
  const auto print = [&](ImageGeometry geometry) {
    return open_idx_dataset(idx_options(folder.path()), geometry, "")->info().fingerprint;
  };
  const std::string before = print(kSmall);
  EXPECT_EQ(before.size(), 64u);
  EXPECT_EQ(print(kSmall), before);
  EXPECT_NE(print({1, 6, 8}), before);
  folder.write("train-labels-idx1-ubyte", idx_bytes({5}, std::string("\0\1\2\0\2", 5)));
  const std::string relabelled = print(kSmall);
  EXPECT_NE(relabelled, before);
  folder.write("train-images-idx3-ubyte", idx_bytes({5, 3, 4}, counting_bytes(59) + "x"));
  EXPECT_NE(print(kSmall), relabelled);
}

TEST_F(IdxFolder, ReadsColour) {
  folder.write("c-images-idx4-ubyte", idx_bytes({1, 1, 2, 3}, "abcdef"));
  folder.write("c-labels-idx1-ubyte", idx_bytes({1}, std::string(1, '\0')));
  const auto dataset = open_idx_dataset(idx_options(folder / "c-images-idx4-ubyte"), {3, 1, 2}, "");
  EXPECT_TRUE(gathered(*dataset, {0})
                  .reshape({6})
                  .equal(torch::tensor({'a', 'd', 'b', 'e', 'c', 'f'}).to(torch::kByte)));
}

TEST_F(IdxFolder, Row69NamesTheFile) {
  folder.write("train-images-idx3-ubyte", "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(message_for(idx_options(folder.path())),
            shown("train-images-idx3-ubyte") +
                ": not an IDX file (starts with 0x89504e47, expected 0x00000803); it looks like a "
                "PNG.");
  EXPECT_EQ(
      message_for(idx_options(folder / "nothing")),
      shown("nothing") +
          ": no such file or folder (data.path); expected a folder with IDX files or a file of "
          "images.");
}

TEST_F(IdxFolder, Row72NamesBothNumbers) {
  folder.write("train-labels-idx1-ubyte", idx_bytes({4}, "abcd"));
  EXPECT_EQ(message_for(idx_options(folder.path())),
            shown("train-labels-idx1-ubyte") + ": holds 4 labels, but " +
                shown("train-images-idx3-ubyte") + " holds 5 images.");
  folder.write("train-labels-idx1-ubyte", idx_bytes({5}, std::string("\0\1\2\0\7", 5)));
  IdxOptions options = idx_options(folder.path());
  options.classes = 3;
  EXPECT_EQ(
      message_for(options),
      shown("train-labels-idx1-ubyte") +
          ": label 7 of image 4 (counted from 0) is out of range: data.classes is 3, so labels "
          "are 0 to 2.");
  options.classes = 8;
  EXPECT_EQ(open_idx_dataset(options, kSmall, "")->info().classes, 8);
}

TEST_F(IdxFolder, RefusesSplitsOfDifferentSizes) {
  folder.write("t10k-images.idx3-ubyte.gz", idx_bytes({2, 4, 3}, counting_bytes(24)));
  EXPECT_EQ(message_for(idx_options(folder.path(), DataSplit::kAll)),
            shown("t10k-images.idx3-ubyte.gz") +
                ": its images are 3x4x1, those of the other split 4x3x1; set data.split to one of "
                "them.");
}

TEST(IdxDataset, ReadsTheMnistThatComesWithTheProject) {
  const std::filesystem::path folder =
      std::filesystem::path(GANTRAIN_SOURCE_DIR) / "data" / "mnist";
  const auto train = open_idx_dataset(idx_options(folder), {1, 28, 28}, "");
  EXPECT_EQ(train->info().description, "IDX, 60,000 images 28x28 grey, 10 classes");
  EXPECT_EQ(gathered_labels(*train, first_indices(10)),
            (std::vector<int64_t>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}));
  EXPECT_NEAR(channel_means(*train)[0] / 255, 0.1307, 5e-5);
  const auto test = open_idx_dataset(idx_options(folder, DataSplit::kTest), {1, 28, 28}, "");
  EXPECT_EQ(test->info().count, 10'000);
  EXPECT_EQ(gathered_labels(*test, first_indices(4)), (std::vector<int64_t>{7, 2, 1, 0}));
  EXPECT_EQ(test->info().fingerprint,
            "a1708513f63cf3ac9659f6210786bf733961f4cb77e9d9b328557bbdf6d921b5");
}

}  // namespace
}  // namespace gantrain
