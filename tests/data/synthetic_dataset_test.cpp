#include "data/synthetic_dataset.h"

#include <gtest/gtest.h>

#include "data/gathered.h"

namespace gantrain {
namespace {

TEST(SyntheticDataset, ImageIsAFunctionOfSeedAndIndex) {
  const auto dataset = open_synthetic_dataset({100, 4, 1}, {3, 16, 16});
  const torch::Tensor images = gathered(*dataset, {7, 3, 7});
  EXPECT_TRUE(images[0].equal(images[2]));
  EXPECT_FALSE(images[0].equal(images[1]));
  const auto longer = open_synthetic_dataset({100'000, 4, 1}, {3, 16, 16});
  EXPECT_TRUE(gathered(*longer, {7, 3, 7}).equal(images));
  const auto other = open_synthetic_dataset({100, 4, 2}, {3, 16, 16});
  EXPECT_FALSE(gathered(*other, {7, 3, 7}).equal(images));
}

TEST(SyntheticDataset, HasTheMeanThatItsHeaderStates) {
  // The mean of an image deviates by about 33, so that of 8,000 by 0.4.
  for (const ImageGeometry& geometry : {ImageGeometry{3, 16, 16}, ImageGeometry{1, 24, 12}}) {
    for (const double mean : channel_means(*open_synthetic_dataset({8000, 8, 0}, {geometry}))) {
      EXPECT_NEAR(mean, 89.1, 1.5) << geometry.width;
    }
  }
}

TEST(SyntheticDataset, EveryShapeCoversAFifthOnAverage) {
  constexpr int64_t kClasses = 8;
  constexpr int64_t kEach = 200;
  const auto dataset = open_synthetic_dataset({kClasses * kEach, kClasses, 0}, {1, 64, 64});
  for (int64_t label = 0; label < kClasses; ++label) {
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < kEach; ++i) {
      indices.push_back(label + i * kClasses);
    }
    EXPECT_EQ(gathered_labels(*dataset, {indices.back()}).front(), label);
    const torch::Tensor images = gathered(*dataset, indices);
    const torch::Tensor covered = images.ge(128).to(torch::kDouble).mean({1, 2, 3});
    // Uniform in [0.1, 0.3]: deviation 0.058, so 0.004 of the mean of 200.
    EXPECT_NEAR(covered.mean().item<double>(), 0.2, 0.015) << label;
    EXPECT_GT(covered.min().item<double>(), 0.08) << label;
    EXPECT_LT(covered.max().item<double>(), 0.32) << label;
  }
}

TEST(SyntheticDataset, LabelsAreBalancedAndNamed) {
  const auto dataset = open_synthetic_dataset({10, 3, 0}, {1, 8, 8});
  EXPECT_EQ(gathered_labels(*dataset, first_indices(5)), (std::vector<int64_t>{0, 1, 2, 0, 1}));
  EXPECT_EQ(dataset->info().class_names,
            (std::vector<std::string>{"circle", "square", "triangle"}));
}

TEST(SyntheticDataset, DescribesItself) {
  const DatasetInfo info = open_synthetic_dataset({10'000, 4, 0}, {3, 32, 16})->info();
  EXPECT_EQ(info.description, "synthetic shapes, 10,000 images 16x32 RGB, 4 classes");
  EXPECT_EQ(info.count, 10'000);
  EXPECT_EQ(info.bytes, 0u);
  EXPECT_NE(info.fingerprint,
            open_synthetic_dataset({10'000, 4, 1}, {3, 32, 16})->info().fingerprint);
  EXPECT_EQ(info.fingerprint.size(), 64u);
}

TEST(SyntheticDataset, RefusesIndicesThatItDoesNotHave) {
  const auto dataset = open_synthetic_dataset({10, 4, 0}, {1, 8, 8});
  EXPECT_ANY_THROW(gathered(*dataset, {10}));
  EXPECT_ANY_THROW(gathered(*dataset, {-1}));
}

}  // namespace
}  // namespace gantrain
