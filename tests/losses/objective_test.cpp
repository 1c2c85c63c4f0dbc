#include "gantrain/losses/objective.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

constexpr ObjectiveOptions kNonSaturating = {};
constexpr ObjectiveOptions kLeastSquares = {.kind = ObjectiveKind::kLeastSquares};

torch::Tensor logits_of(std::vector<double> values) {
  return torch::tensor(values, torch::kDouble);
}

// The textbook's formula, without tricks for large logits.
torch::Tensor cross_entropy(const torch::Tensor& logits, double label) {
  const torch::Tensor p = torch::sigmoid(logits);
  return -(label * torch::log(p) + (1 - label) * torch::log(1 - p)).mean();
}

torch::Tensor gradient_of(const torch::Tensor& loss, const torch::Tensor& input) {
  return torch::autograd::grad({loss}, {input})[0];
}

TEST(NonSaturating, IsLogTwoWhereTheDiscriminatorCannotTell) {
  const auto zero = logits_of({0, 0});
  EXPECT_NEAR(discriminator_real_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
  EXPECT_NEAR(discriminator_fake_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
  EXPECT_NEAR(generator_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
}

TEST(NonSaturating, HasTheTextbooksValuesAndGradients) {
  for (const double real_label : {1.0, 0.9}) {
    const ObjectiveOptions options = {.real_label = real_label};
    const auto logits = logits_of({-3, -0.5, 0, 2, 4}).reshape({5, 1}).requires_grad_();
    for (const auto& [ours, textbook] :
         {std::pair{discriminator_real_loss(options, logits), cross_entropy(logits, real_label)},
          {discriminator_fake_loss(options, logits), cross_entropy(logits, 0)},
          {generator_loss(options, logits), cross_entropy(logits, 1)}}) {
      EXPECT_NEAR(ours.item<double>(), textbook.item<double>(), 1e-12);
      EXPECT_TRUE(
          torch::allclose(gradient_of(ours, logits), gradient_of(textbook, logits), 1e-10, 1e-12));
    }
  }
}

TEST(NonSaturating, StaysFiniteForHugeLogits) {
  const auto logits = torch::tensor({1e4f, -1e4f}).requires_grad_();
  const auto loss = discriminator_real_loss(kNonSaturating, logits);
  EXPECT_FLOAT_EQ(loss.item<float>(), 5e3f);
  EXPECT_TRUE(torch::equal(gradient_of(loss, logits), torch::tensor({0.0f, -0.5f})));
}

TEST(NonSaturating, GeneratorLearnsWhereItsPicturesAreRejected) {
  const auto logits = logits_of({-20}).requires_grad_();
  EXPECT_NEAR(gradient_of(generator_loss(kNonSaturating, logits), logits).item<double>(), -1, 1e-8);
}

// Its own label, not the discriminator's smoothed one, is what the generator aims at.
TEST(NonSaturating, SmoothingMovesTheBestRealLogitAndLeavesTheGeneratorAlone) {
  const ObjectiveOptions smooth = {.real_label = 0.9};
  const auto best = logits_of({std::log(9.0)}).requires_grad_();  // sigmoid is 0.9
  EXPECT_NEAR(gradient_of(discriminator_real_loss(smooth, best), best).item<double>(), 0, 1e-15);
  EXPECT_TRUE(torch::equal(generator_loss(smooth, best), generator_loss(kNonSaturating, best)));
}

TEST(LeastSquares, HasTheClosedForm) {
  const auto logits = logits_of({2, -1}).requires_grad_();
  const auto real = discriminator_real_loss(kLeastSquares, logits);  // ((2-1)^2 + (-1-1)^2) / 2 / 2
  const auto fake = discriminator_fake_loss(kLeastSquares, logits);  // (2^2 + 1^2) / 2 / 2
  EXPECT_DOUBLE_EQ(real.item<double>(), 1.25);
  EXPECT_DOUBLE_EQ(fake.item<double>(), 1.25);
  EXPECT_DOUBLE_EQ(generator_loss(kLeastSquares, logits).item<double>(), 1.25);
  EXPECT_TRUE(torch::allclose(gradient_of(real, logits), logits_of({0.5, -1})));
  EXPECT_TRUE(torch::allclose(gradient_of(fake, logits), logits_of({1, -0.5})));
}

TEST(LeastSquares, TakesOtherLabels) {
  const ObjectiveOptions options = {
      .kind = ObjectiveKind::kLeastSquares, .real_label = 0.8, .fake_label = -1};
  EXPECT_NEAR(discriminator_real_loss(options, logits_of({0.8})).item<double>(), 0, 1e-15);
  EXPECT_NEAR(discriminator_fake_loss(options, logits_of({0})).item<double>(), 0.5, 1e-15);
}

TEST(Objective, WeightScalesTheDiscriminatorOnly) {
  const auto logits = logits_of({0.3, -0.7});
  for (ObjectiveOptions whole : {kNonSaturating, kLeastSquares}) {
    ObjectiveOptions half = whole;
    half.discriminator_weight = 0.5;
    EXPECT_TRUE(torch::equal(discriminator_real_loss(half, logits) * 2,
                             discriminator_real_loss(whole, logits)));
    EXPECT_TRUE(torch::equal(discriminator_fake_loss(half, logits) * 2,
                             discriminator_fake_loss(whole, logits)));
    EXPECT_TRUE(torch::equal(generator_loss(half, logits), generator_loss(whole, logits)));
  }
}

TEST(Objective, ComputesInFloatOrDoubleNeverInBf16) {
  const auto logits = torch::randn({4, 1, 3, 3});
  for (const ObjectiveOptions& options : {kNonSaturating, kLeastSquares}) {
    EXPECT_EQ(generator_loss(options, logits.to(torch::kBFloat16)).scalar_type(), torch::kFloat);
    EXPECT_EQ(generator_loss(options, logits).scalar_type(), torch::kFloat);
    EXPECT_EQ(generator_loss(options, logits.to(torch::kDouble)).scalar_type(), torch::kDouble);
    EXPECT_EQ(generator_loss(options, logits).dim(), 0);
  }
}

TEST(Objective, RunsOnTheMetaDevice) {
  const auto logits = torch::empty({4}, torch::kMeta);
  for (const ObjectiveOptions& options : {kNonSaturating, kLeastSquares}) {
    EXPECT_TRUE(discriminator_real_loss(options, logits).is_meta());
    EXPECT_EQ(generator_loss(options, logits).dim(), 0);
  }
}

TEST(ObjectiveOptions, CrossEntropyTakesProbabilitiesOnly) {
  const OptionTable& table = objective_options();
  EXPECT_FALSE(table.conflict(table.make_default()));
  const auto real = table.conflict(ObjectiveOptions{.real_label = 1.1});
  ASSERT_TRUE(real);
  EXPECT_EQ(real->key, "real_label");
  EXPECT_EQ(table.conflict(ObjectiveOptions{.fake_label = -1})->key, "fake_label");
  EXPECT_FALSE(
      table.conflict(ObjectiveOptions{.kind = ObjectiveKind::kLeastSquares, .fake_label = -1}));
}

TEST(ObjectiveOptions, TypeIsAChoice) {
  const Option* type = objective_options().find("type");
  std::any options = objective_options().make_default();
  type->set(options, OptionValue(std::string("least_squares")));
  EXPECT_EQ(std::any_cast<ObjectiveOptions>(options).kind, ObjectiveKind::kLeastSquares);
}

}  // namespace
}  // namespace gantrain
