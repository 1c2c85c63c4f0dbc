#include "gantrain/nn/augment.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

using torch::Tensor;

const std::vector<std::string> kKinds = {"color", "translation", "cutout"};

// Columns of the draws, as augmented() reads them: three chances, brightness, saturation, contrast,
// rows and columns of the shift, row and column of the hole.
Tensor draws_of(int64_t count, std::vector<double> values) {
  return torch::tensor(values, torch::kDouble).expand({count, kAugmentDraws}).contiguous();
}

Tensor always(const Tensor& images, const std::vector<std::string>& policy, const Tensor& draws) {
  return augmented(images, {.policy = policy}, torch::ones({}), draws);
}

// in[i - rows, j - columns], or 0.
Tensor moved_by_hand(const Tensor& images, int64_t rows, int64_t columns) {
  Tensor result = torch::zeros_like(images);
  for (int64_t i = 0; i < images.size(2); ++i) {
    for (int64_t j = 0; j < images.size(3); ++j) {
      const int64_t from_i = i - rows;
      const int64_t from_j = j - columns;
      if (from_i >= 0 && from_i < images.size(2) && from_j >= 0 && from_j < images.size(3)) {
        result.select(2, i).select(2, j).copy_(images.select(2, from_i).select(2, from_j));
      }
    }
  }
  return result;
}

TEST(Augment, ChangesNotABitAtProbabilityZero) {
  const Tensor images = torch::randn({6, 3, 16, 16}).contiguous(torch::MemoryFormat::ChannelsLast);
  const Tensor draws = torch::rand({6, kAugmentDraws});
  EXPECT_TRUE(torch::equal(augmented(images, {.policy = kKinds}, torch::zeros({}), draws), images));
  EXPECT_FALSE(torch::equal(always(images, kKinds, draws), images));
}

TEST(Augment, ChangesThePicturesWhoseChanceIsBelowTheProbability) {
  const Tensor images = torch::randn({4, 3, 8, 8});
  for (size_t kind = 0; kind < kKinds.size(); ++kind) {
    Tensor draws = torch::full({4, kAugmentDraws}, 0.1);
    draws.select(1, static_cast<int64_t>(kind)).copy_(torch::tensor({0.1, 0.3, 0.25, 0.2}));
    const Tensor result =
        augmented(images, {.policy = {kKinds[kind]}}, torch::full({}, 0.25), draws);
    const Tensor changed = (result != images).flatten(1).any(1);
    EXPECT_TRUE(torch::equal(changed, torch::tensor({true, false, false, true}))) << kKinds[kind];
  }
}

TEST(Augment, TranslationMovesWholePixelsAndZerosComeIn) {
  const Tensor images = torch::randn({2, 3, 16, 24}, torch::kDouble);  // reaches of 2 and 3
  for (const auto& [row_draw, rows] : {std::pair{0.0, -2}, {0.39, -1}, {0.5, 0}, {0.999, 2}}) {
    for (const auto& [column_draw, columns] : {std::pair{0.0, -3}, {0.5, 0}, {0.72, 2}}) {
      const Tensor draws = draws_of(2, {0, 0, 0, 0, 0, 0, row_draw, column_draw, 0, 0});
      EXPECT_TRUE(torch::equal(always(images, {"translation"}, draws),
                               moved_by_hand(images, rows, columns)))
          << rows << ", " << columns;
    }
  }
}

TEST(Augment, EveryPictureIsMovedByItsOwnShift) {
  const Tensor images = torch::randn({3, 1, 8, 8});
  const Tensor rows = torch::tensor({-1, 0, 5}, torch::kLong);
  const Tensor columns = torch::tensor({2, 0, -8}, torch::kLong);
  const Tensor result = shifted(images, rows, columns);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(torch::equal(result.slice(0, i, i + 1),
                             moved_by_hand(images.slice(0, i, i + 1), rows[i].item<int64_t>(),
                                           columns[i].item<int64_t>())));
  }
}

TEST(Augment, CutoutLeavesAHoleOfHalfTheSidesCutAtTheBorder) {
  const Tensor images = torch::rand({1, 2, 8, 6}) + 1;  // a hole of 4 x 3
  struct Hole {
    double row_draw, column_draw;
    int64_t top, bottom, left, right;
  };
  // Centres: 9 rows (0 to 8), 6 columns (0 to 5).
  for (const Hole& hole :
       {Hole{0.5, 0.5, 2, 6, 2, 5}, {0.0, 0.0, 0, 2, 0, 2}, {0.9999, 0.9999, 6, 8, 4, 6}}) {
    Tensor expected = images.clone();
    expected.slice(2, hole.top, hole.bottom).slice(3, hole.left, hole.right).zero_();
    const Tensor draws = draws_of(1, {0, 0, 0, 0, 0, 0, 0, 0, hole.row_draw, hole.column_draw});
    EXPECT_TRUE(torch::equal(always(images, {"cutout"}, draws), expected)) << hole.row_draw;
  }
}

TEST(Augment, ColorIsBrightnessThenSaturationThenContrast) {
  const Tensor images = torch::randn({2, 3, 4, 5}, torch::kDouble);
  const double brightness = 0.3, saturation = 0.8, contrast = 0.1;
  const Tensor draws = draws_of(2, {0, 0, 0, brightness, saturation, contrast, 0, 0, 0, 0});
  Tensor expected = images + (brightness - 0.5);
  expected = expected * 2 * saturation + expected.mean(1, true) * (1 - 2 * saturation);
  const Tensor mean = expected.flatten(1).mean(1).view({2, 1, 1, 1});
  expected = expected * (contrast + 0.5) + mean * (0.5 - contrast);
  EXPECT_TRUE(torch::allclose(always(images, {"color"}, draws), expected, 1e-12, 1e-12));
}

// A function of the augmented pictures that is not linear in them.
Tensor judged(const Tensor& images, const Tensor& draws) {
  return always(images, kKinds, draws).sin().flatten(1).sum(1).square();
}

TEST(Augment, HasTheGradientsOfFiniteDifferences) {
  torch::manual_seed(3);
  const Tensor draws = torch::rand({2, kAugmentDraws}, torch::kDouble);
  Tensor images = torch::randn({2, 3, 8, 8}, torch::kDouble).requires_grad_();
  const Tensor direction = torch::randn_like(images);
  // The second function is a gradient penalty: its gradient is one of second derivatives.
  const auto plain = [&](const Tensor& at) { return judged(at, draws).sum(); };
  const auto penalty = [&](const Tensor& at) {
    return torch::autograd::grad({judged(at, draws).sum()}, {at}, {}, true, true)[0].square().sum();
  };
  for (const auto& function : {std::function<Tensor(const Tensor&)>(plain),
                               std::function<Tensor(const Tensor&)>(penalty)}) {
    const double slope =
        (torch::autograd::grad({function(images)}, {images})[0] * direction).sum().item<double>();
    const double step = 1e-5;
    const auto beside = [&](double sign) {
      const Tensor at = (images + sign * step * direction).detach().requires_grad_();
      return function(at).item<double>();
    };
    const double difference = (beside(1) - beside(-1)) / (2 * step);
    EXPECT_NEAR(slope, difference, 1e-6 * std::abs(difference));
    EXPECT_GT(std::abs(slope), 1e-3);
  }
}

TEST(AugmentOptions, KindsThatAreNotThereAreRefused) {
  const OptionTable& table = augment_options();
  EXPECT_FALSE(table.conflict(AugmentOptions{.policy = kKinds, .adaptive = true}));
  const auto kind = table.conflict(AugmentOptions{.policy = {"color", "colour"}});
  ASSERT_TRUE(kind);
  EXPECT_EQ(kind->key, "policy");
  EXPECT_EQ(kind->message,
            "unknown kind \"colour\" in policy (expected color, translation, cutout); did you mean "
            "\"color\"?");
  EXPECT_EQ(table.conflict(AugmentOptions{.policy = {}, .adaptive = true})->key, "adaptive");
}

}  // namespace
}  // namespace gantrain
