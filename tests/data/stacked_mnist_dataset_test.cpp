#include "data/stacked_mnist_dataset.h"

#include <set>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

#include "data/gathered.h"
#include "support/error_of.h"
#include "support/idx_bytes.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

constexpr ImageGeometry kStackedSmall{3, 2, 2};

// Digit d is an image of 20 d + 10 everywhere; two of each.
class StackedMnist : public testing::Test {
 protected:
  void SetUp() override {
    std::string pixels, labels;
    for (int i = 0; i < 20; ++i) {
      pixels += std::string(4, static_cast<char>(20 * (i % 10) + 10));
      labels += static_cast<char>(i % 10);
    }
    folder.write("train-images-idx3-ubyte", idx_bytes({20, 2, 2}, pixels));
    folder.write("train-labels-idx1-ubyte", idx_bytes({20}, labels));
    options.path = folder.path().string();
  }

  std::shared_ptr<const Dataset> open() const {
    return open_stacked_mnist_dataset(options, kStackedSmall, "c.json: data");
  }

  TemporaryFolder folder;
  StackedMnistOptions options;
};

TEST_F(StackedMnist, ChannelsAreDigitsAndTheClassIsTheirNumber) {
  options.count = 2000;
  const auto dataset = open();
  EXPECT_EQ(dataset->info().classes, 1000);
  EXPECT_EQ(dataset->info().count, 2000);
  const HostBatch batch = gathered_batch(*dataset, first_indices(2000));
  const torch::Tensor digits = batch.images.to(torch::kLong).sub(10).div(20, "floor");
  EXPECT_TRUE(digits.amax({2, 3}).equal(digits.amin({2, 3}))) << "one digit in each channel";
  const torch::Tensor of_channel = digits.select(3, 0).select(2, 0);
  const torch::Tensor number =
      of_channel.select(1, 0) * 100 + of_channel.select(1, 1) * 10 + of_channel.select(1, 2);
  EXPECT_TRUE(number.equal(batch.labels));
  // Of 1,000 modes 2,000 draws meet 1 - exp(-2): 865 +- 10.
  const std::set<int64_t> met(batch.labels.data_ptr<int64_t>(),
                              batch.labels.data_ptr<int64_t>() + 2000);
  EXPECT_NEAR(static_cast<double>(met.size()), 865, 40);
  const torch::Tensor shares = torch::bincount(of_channel.flatten(), {}, 10);
  EXPECT_NEAR(shares.min().item<double>(), 600, 90);
  EXPECT_NEAR(shares.max().item<double>(), 600, 90);
}

TEST_F(StackedMnist, AnImageIsAFunctionOfSeedAndIndex) {
  const torch::Tensor first = gathered(*open(), {5, 9, 5});
  EXPECT_TRUE(first[0].equal(first[2]));
  options.count = 17;
  EXPECT_TRUE(first.equal(gathered(*open(), {5, 9, 5})));
  options.seed = 1;
  EXPECT_FALSE(first.equal(gathered(*open(), {5, 9, 5})));
}

TEST_F(StackedMnist, NeedsThreeChannelsAndDigits) {
  const std::string message = error_of(ErrorKind::kConfig, [&] {
    open_stacked_mnist_dataset(options, {1, 2, 2}, "c.json: data");
  });
  EXPECT_NE(message.find("needs model.image_channels 3 (got 1)"), std::string::npos) << message;
  options.path = (folder / "nowhere").string();
  error_of(ErrorKind::kData, [&] { open(); });
  folder.write("train-labels-idx1-ubyte", idx_bytes({20}, std::string(20, '\x0b')));
  options.path = folder.path().string();
  error_of(ErrorKind::kData, [&] { open(); });
}

}  // namespace
}  // namespace gantrain
