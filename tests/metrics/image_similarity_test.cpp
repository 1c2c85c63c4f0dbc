#include "gantrain/metrics/image_similarity.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

torch::Tensor noise(torch::IntArrayRef shape, uint64_t seed) {
  auto generator = torch::make_generator<at::CPUGeneratorImpl>(seed);
  return torch::rand(shape, generator, torch::kFloat) * 2 - 1;
}

TEST(ImageSimilarity, EqualImagesAreAsNearAsCanBe) {
  const torch::Tensor images = noise({3, 3, 16, 20}, 1);
  EXPECT_EQ(l1_distances(images, images).abs().max().item<double>(), 0);
  EXPECT_EQ(peak_signal_to_noise(images, images).min().item<double>(), 100);
  EXPECT_NEAR(structural_similarity(images, images).min().item<double>(), 1, 1e-12);
}

TEST(ImageSimilarity, AConstantDifferenceHasKnownValuesForEachImage) {
  const torch::Tensor targets = torch::full({2, 1, 16, 16}, -0.5);
  const torch::Tensor images = targets + torch::tensor({0.2, 0.5}).view({2, 1, 1, 1});
  const torch::Tensor l1 = l1_distances(images, targets);
  EXPECT_NEAR(l1[0].item<double>(), 0.1, 1e-7);
  EXPECT_NEAR(l1[1].item<double>(), 0.25, 1e-7);
  EXPECT_NEAR(peak_signal_to_noise(images, targets)[0].item<double>(), 20, 1e-5);
  // Of constant images only the first factor differs from 1: x = 0.35, y = 0.25.
  const double expected = (2 * 0.35 * 0.25 + 1e-4) / (0.35 * 0.35 + 0.25 * 0.25 + 1e-4);
  EXPECT_NEAR(structural_similarity(images, targets)[0].item<double>(), expected, 1e-6);
}

TEST(ImageSimilarity, SsimIsTheFormulaAtTheOnlyPlaceOfAWindow) {
  const torch::Tensor x = noise({1, 1, 11, 11}, 2);
  const torch::Tensor y = noise({1, 1, 11, 11}, 3);
  double total = 0;
  double weights[11][11];
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) {
      weights[i][j] = std::exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) / 4.5);
      total += weights[i][j];
    }
  }
  double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) {
      const double w = weights[i][j] / total;
      const double a = (x[0][0][i][j].item<double>() + 1) / 2;
      const double b = (y[0][0][i][j].item<double>() + 1) / 2;
      mx += w * a;
      my += w * b;
      xx += w * a * a;
      yy += w * b * b;
      xy += w * a * b;
    }
  }
  const double expected = (2 * mx * my + 1e-4) * (2 * (xy - mx * my) + 9e-4) /
                          ((mx * mx + my * my + 1e-4) * (xx - mx * mx + yy - my * my + 9e-4));
  EXPECT_NEAR(structural_similarity(x, y).item<double>(), expected, 1e-10);
}

TEST(ImageSimilarity, SmallImagesHaveASsimToo) {
  for (const int64_t side : {1, 2, 7}) {
    const torch::Tensor images = noise({2, 3, side, 9}, 4);
    EXPECT_NEAR(structural_similarity(images, images).min().item<double>(), 1, 1e-12) << side;
  }
}

TEST(ImageSimilarity, GradientsOfARampAreItsSlopesAndThoseOfABlurAreLess) {
  const torch::Tensor right = torch::arange(8).mul(0.2).view({1, 1, 1, 8});
  const torch::Tensor down = torch::arange(6).mul(-0.1).view({1, 1, 6, 1});
  EXPECT_NEAR(gradient_magnitudes(right + down).item<double>(), 0.1 + 0.05, 1e-7);
  const torch::Tensor checks = (torch::arange(8) + torch::arange(6).view({6, 1})).remainder(2);
  const torch::Tensor sharp = checks.mul(2).sub(1).view({1, 1, 6, 8});
  EXPECT_NEAR(gradient_magnitudes(sharp).item<double>(), 2, 1e-12);
  EXPECT_NEAR(gradient_magnitudes(sharp * 0.25).item<double>(), 0.5, 1e-12);
  EXPECT_EQ(gradient_magnitudes(torch::ones({2, 3, 1, 1})).sum().item<double>(), 0);
}

}  // namespace
}  // namespace gantrain
