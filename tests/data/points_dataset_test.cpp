#include "data/points_dataset.h"

#include <cmath>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

#include "data/gathered.h"
#include "support/error_of.h"

namespace gantrain {
namespace {

// [N, 2] in [-1, 1].
torch::Tensor points_of(const Dataset& dataset, int64_t count) {
  const torch::Tensor samples = gathered(dataset, first_indices(count));
  torch::Tensor values = torch::empty(samples.sizes());
  to_unit_range(samples, values);
  return values.flatten(1);
}

TEST(PointsDataset, PointsLieRoundTheirCentres) {
  const PointsOptions options{.count = 40'000};
  const auto dataset = open_points_dataset(options, kPointGeometry, "c.json: data");
  EXPECT_EQ(dataset->info().classes, 8);
  EXPECT_EQ(dataset->info().bits, 16);
  const torch::Tensor points = points_of(*dataset, options.count);
  const auto labels = gathered_labels(*dataset, first_indices(10));
  EXPECT_EQ(labels, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 0, 1}));
  for (int64_t mode = 0; mode < 8; ++mode) {
    const double angle = 2 * M_PI * static_cast<double>(mode) / 8;
    const torch::Tensor centre = torch::tensor({std::cos(angle), std::sin(angle)}) * options.radius;
    const torch::Tensor offsets = points.slice(0, mode, options.count, 8) - centre;
    // Of 5,000: the mean deviates by sigma / 70, the deviation by 1 %.
    EXPECT_LT(offsets.mean(0).abs().max().item<double>(), options.sigma / 14);
    EXPECT_NEAR(offsets.std(0)[0].item<double>(), options.sigma, 0.05 * options.sigma);
    EXPECT_NEAR(offsets.std(0)[1].item<double>(), options.sigma, 0.05 * options.sigma);
    EXPECT_LT((offsets.select(1, 0) * offsets.select(1, 1)).mean().abs().item<double>(),
              0.07 * options.sigma * options.sigma);
    // 1 - exp(-9 / 2) of them within three sigma.
    EXPECT_NEAR((offsets.norm(2, 1) < 3 * options.sigma).to(torch::kFloat).mean().item<double>(),
                0.9889, 0.006);
  }
}

TEST(PointsDataset, APointIsAFunctionOfSeedAndIndex) {
  const auto points = [](int64_t count, int64_t seed) {
    return gathered(*open_points_dataset({.count = count, .seed = seed}, kPointGeometry, ""),
                    {7, 3, 7});
  };
  const torch::Tensor first = points(100, 1);
  EXPECT_TRUE(first[0].equal(first[2]));
  EXPECT_TRUE(first.equal(points(1000, 1)));
  EXPECT_FALSE(first.equal(points(100, 2)));
}

TEST(PointsDataset, ModelsOfPicturesAreRefused) {
  const std::string message = error_of(ErrorKind::kConfig, [] {
    open_points_dataset({}, {1, 8, 8}, "c.json: data");
  });
  EXPECT_NE(message.find("c.json: data.type: \"points\" needs a model of points"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("model.resolution 1"), std::string::npos) << message;
}

TEST(PointsDataset, TheCircleAndFiveSigmasLieWithinOne) {
  EXPECT_FALSE(points_options().conflict(PointsOptions{}));
  const auto conflict = points_options().conflict(PointsOptions{.radius = 0.9});
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->key, "sigma");
}

}  // namespace
}  // namespace gantrain
