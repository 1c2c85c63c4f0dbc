#include "data/cifar_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/gathered.h"
#include "support/error_of.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ImageGeometry kFull{3, 32, 32};

CifarOptions cifar_options(const std::filesystem::path& path, DataSplit split = DataSplit::kTrain) {
  CifarOptions options;
  options.path = path.string();
  options.split = split;
  return options;
}

// One record: red is `label`, green counts the columns, blue counts the rows.
std::string record(const std::string& labels) {
  std::string bytes = labels + std::string(1024, labels.back());
  for (int green = 0; green < 2; ++green) {
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x) {
        bytes.push_back(static_cast<char>(green == 0 ? x : y));
      }
    }
  }
  return bytes;
}

std::string message_for(const CifarOptions& options) {
  return error_of(ErrorKind::kData, [&] { open_cifar_dataset(options, kFull, "c.json"); });
}

TEST(CifarDataset, TurnsPlanesIntoPixels) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin", record("\3") + record("\7"));
  const auto dataset = open_cifar_dataset(cifar_options(folder.path()), kFull, "");
  EXPECT_EQ(gathered_labels(*dataset, {0, 1}), (std::vector<int64_t>{3, 7}));
  const torch::Tensor image = gathered(*dataset, {1})[0];
  EXPECT_TRUE(image[0].equal(torch::full({32, 32}, 7, torch::kByte)));
  EXPECT_TRUE(image[1].equal(torch::arange(32).to(torch::kByte).expand({32, 32})));
  EXPECT_TRUE(image[2].equal(torch::arange(32).to(torch::kByte).view({32, 1}).expand({32, 32})));
}

TEST(CifarDataset, CountsTheBatchesThatAreThere) {
  const TemporaryFolder folder;
  folder.write("data_batch_2.bin", record("\1"));
  folder.write("data_batch_5.bin", record("\2") + record("\3"));
  folder.write("test_batch.bin", record("\4"));
  const auto dataset = open_cifar_dataset(cifar_options(folder.path()), kFull, "");
  EXPECT_EQ(dataset->info().description,
            "CIFAR-10 (2 of 5 training batches), 3 images 32x32 RGB, 10 classes");
  EXPECT_EQ(dataset->info().class_names.at(9), "truck");
  const auto all = open_cifar_dataset(cifar_options(folder.path(), DataSplit::kAll), kFull, "");
  EXPECT_EQ(gathered_labels(*all, first_indices(4)), (std::vector<int64_t>{1, 2, 3, 4}));
  CifarOptions first = cifar_options(folder.path());
  first.max_images = 2;
  EXPECT_EQ(open_cifar_dataset(first, kFull, "")->info().count, 2);
}

TEST(CifarDataset, KnowsCifar100ByItsFiles) {
  const TemporaryFolder folder;
  folder.write("train.bin", record("\4\143") + record("\4\5"));
  const auto dataset = open_cifar_dataset(cifar_options(folder.path()), kFull, "");
  EXPECT_EQ(dataset->info().description, "CIFAR-100, 2 images 32x32 RGB, 100 classes");
  EXPECT_EQ(gathered_labels(*dataset, {0, 1}), (std::vector<int64_t>{99, 5}));
  CifarOptions ten = cifar_options(folder.path());
  ten.variant = CifarVariant::kTen;
  EXPECT_EQ(message_for(ten),
            folder.path().string() +
                ": there is no data_batch_1.bin or data_batch_2.bin or data_batch_3.bin or "
                "data_batch_4.bin or data_batch_5.bin in this folder; change data.split or "
                "data.variant, or fetch the binary version of CIFAR-10.");
}

TEST(CifarDataset, ReadsTheNamesThatCameWithIt) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin", record("\1"));
  folder.write("batches.meta.txt", "a\nb\r\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  EXPECT_THAT(open_cifar_dataset(cifar_options(folder.path()), kFull, "")->info().class_names,
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
}

TEST(CifarDataset, TurnsGreyBeforeItResizes) {
  const TemporaryFolder folder;
  folder.write("data_batch_1.bin",
               std::string(1, '\0') + std::string(1024, '\x64') + std::string(2048, '\0'));
  const auto dataset = open_cifar_dataset(cifar_options(folder.path()), {1, 16, 16}, "");
  EXPECT_EQ(
      dataset->info().description,
      "CIFAR-10 (1 of 5 training batches), 1 images 32x32 RGB, resized to 16x16, RGB turned to "
      "grey, 10 classes");
  EXPECT_TRUE(gathered(*dataset, {0}).eq(30).all().item<bool>());
}

TEST(CifarDataset, Row73NamesASizeThatIsNoMultipleOfARecord) {
  const TemporaryFolder folder;
  const auto path = folder.write("data_batch_1.bin", record("\1") + record("\2").substr(0, 3000));
  EXPECT_EQ(message_for(cifar_options(folder.path())),
            path.string() +
                ": its size is not a multiple of a CIFAR-10 record (got 6,073 bytes, expected a "
                "multiple of 3,073; 1 records and 3,000 bytes). Fetch the file again.");
  folder.write("data_batch_1.bin", "");
  EXPECT_THAT(message_for(cifar_options(folder.path())), HasSubstr("(got 0 bytes, "));
}

TEST(CifarDataset, NamesALabelThatIsOutOfRange) {
  const TemporaryFolder folder;
  const auto path = folder.write("data_batch_1.bin", record("\1") + record("\12"));
  EXPECT_EQ(
      message_for(cifar_options(folder.path())),
      path.string() +
          ": byte 3,073: label 10 of record 1 (counted from 0) is out of range (expected 0 to "
          "9); is this file CIFAR-10?");
}

TEST(CifarDataset, NamesAFolderWithoutIt) {
  const TemporaryFolder folder;
  EXPECT_EQ(message_for(cifar_options(folder.path())),
            folder.path().string() +
                ": neither CIFAR-10 (data_batch_1.bin ... data_batch_5.bin, test_batch.bin) nor "
                "CIFAR-100 (train.bin, test.bin) is in this folder; only their binary versions are "
                "read.");
  EXPECT_THAT(message_for(cifar_options(folder / "nothing")), HasSubstr(": no such folder"));
}

TEST(CifarDataset, ReadsTheRealBatches) {
  const auto folder = shared_data("cifar-10-batches-bin");
  GANTRAIN_NEEDS_SHARED_DATA(folder);
  const auto dataset = open_cifar_dataset(cifar_options(folder), kFull, "");
  EXPECT_EQ(dataset->info().description,
            "CIFAR-10 (2 of 5 training batches), 20,000 images 32x32 RGB, 10 classes");
  EXPECT_EQ(gathered_labels(*dataset, first_indices(10)),
            (std::vector<int64_t>{6, 9, 9, 4, 1, 1, 2, 7, 8, 3}));
  const torch::Tensor first = gathered(*dataset, {0})[0][0][0];
  EXPECT_TRUE(first.slice(0, 0, 5).equal(torch::tensor({59, 43, 50, 68, 98}).to(torch::kByte)));
  std::vector<int64_t> counts(10, 0);
  for (const int64_t label : gathered_labels(*dataset, first_indices(10'000))) {
    ++counts[label];
  }
  EXPECT_THAT(counts, ElementsAre(1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981));
  // Published for all 50,000 images; two batches of the five come within 0.002.
  const std::vector<double> means = channel_means(*dataset);
  EXPECT_NEAR(means[0] / 255, 0.49140, 2e-3);
  EXPECT_NEAR(means[1] / 255, 0.48216, 2e-3);
  EXPECT_NEAR(means[2] / 255, 0.44653, 2e-3);
  EXPECT_EQ(open_cifar_dataset(cifar_options(folder, DataSplit::kTest), kFull, "")->info().count,
            1000);
}

}  // namespace
}  // namespace gantrain
