#include "gantrain/losses/objective.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

const ObjectiveOptions kNonSaturating = {};
const ObjectiveOptions kLeastSquares = {.type = "least_squares"};

torch::Tensor logits_of(std::vector<double> values) {
  return torch::tensor(values, torch::kDouble);
}

// The textbook's formula, without tricks for large logits.
torch::Tensor cross_entropy(const torch::Tensor& logits, double label) {
  const torch::Tensor p = torch::sigmoid(logits);
  return -(label * torch::log(p) + (1 - label) * torch::log(1 - p)).mean();
}

// The halves of D's loss for logits that both stand for.
torch::Tensor real_loss(const ObjectiveOptions& options, const torch::Tensor& logits) {
  return discriminator_loss(options, logits, logits).front().value;
}
torch::Tensor fake_loss(const ObjectiveOptions& options, const torch::Tensor& logits) {
  return discriminator_loss(options, logits, logits).back().value;
}

torch::Tensor gradient_of(const torch::Tensor& loss, const torch::Tensor& input) {
  return torch::autograd::grad({loss}, {input})[0];
}

// G's loss for logits that both stand for.
torch::Tensor in_game(const ObjectiveOptions& options, const torch::Tensor& logits) {
  return generator_loss(options, logits, logits);
}

std::vector<ObjectiveOptions> every_objective() {
  std::vector<ObjectiveOptions> all;
  for (const std::string& type : objective_options().find("type")->choices) {
    all.push_back({.type = type});
  }
  return all;
}

TEST(NonSaturating, IsLogTwoWhereTheDiscriminatorCannotTell) {
  const auto zero = logits_of({0, 0});
  EXPECT_NEAR(real_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
  EXPECT_NEAR(fake_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
  EXPECT_NEAR(generator_loss(kNonSaturating, zero).item<double>(), std::log(2), 1e-15);
}

TEST(NonSaturating, HasTheTextbooksValuesAndGradients) {
  for (const double real_label : {1.0, 0.9}) {
    const ObjectiveOptions options = {.real_label = real_label};
    const auto logits = logits_of({-3, -0.5, 0, 2, 4}).reshape({5, 1}).requires_grad_();
    for (const auto& [ours, textbook] :
         {std::pair{real_loss(options, logits), cross_entropy(logits, real_label)},
          {fake_loss(options, logits), cross_entropy(logits, 0)},
          {generator_loss(options, logits), cross_entropy(logits, 1)}}) {
      EXPECT_NEAR(ours.item<double>(), textbook.item<double>(), 1e-12);
      EXPECT_TRUE(
          torch::allclose(gradient_of(ours, logits), gradient_of(textbook, logits), 1e-10, 1e-12));
    }
  }
}

TEST(NonSaturating, StaysFiniteForHugeLogits) {
  const auto logits = torch::tensor({1e4f, -1e4f}).requires_grad_();
  const auto loss = real_loss(kNonSaturating, logits);
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
  EXPECT_NEAR(gradient_of(real_loss(smooth, best), best).item<double>(), 0, 1e-15);
  EXPECT_TRUE(torch::equal(generator_loss(smooth, best), generator_loss(kNonSaturating, best)));
}

TEST(LeastSquares, HasTheClosedForm) {
  const auto logits = logits_of({2, -1}).requires_grad_();
  const auto real = real_loss(kLeastSquares, logits);  // ((2-1)^2 + (-1-1)^2) / 2 / 2
  const auto fake = fake_loss(kLeastSquares, logits);  // (2^2 + 1^2) / 2 / 2
  EXPECT_DOUBLE_EQ(real.item<double>(), 1.25);
  EXPECT_DOUBLE_EQ(fake.item<double>(), 1.25);
  EXPECT_DOUBLE_EQ(generator_loss(kLeastSquares, logits).item<double>(), 1.25);
  EXPECT_TRUE(torch::allclose(gradient_of(real, logits), logits_of({0.5, -1})));
  EXPECT_TRUE(torch::allclose(gradient_of(fake, logits), logits_of({1, -0.5})));
}

TEST(LeastSquares, TakesOtherLabels) {
  const ObjectiveOptions options = {.type = "least_squares", .real_label = 0.8, .fake_label = -1};
  EXPECT_NEAR(real_loss(options, logits_of({0.8})).item<double>(), 0, 1e-15);
  EXPECT_NEAR(fake_loss(options, logits_of({0})).item<double>(), 0.5, 1e-15);
}

TEST(Objective, WeightScalesTheDiscriminatorOnly) {
  const auto logits = logits_of({0.3, -0.7});
  for (const ObjectiveOptions& whole : every_objective()) {
    ObjectiveOptions half = whole;
    half.discriminator_weight = 0.5;
    EXPECT_TRUE(torch::equal(real_loss(half, logits) * 2, real_loss(whole, logits)));
    EXPECT_TRUE(torch::equal(fake_loss(half, logits) * 2, fake_loss(whole, logits)));
    EXPECT_TRUE(
        torch::equal(generator_loss(half, logits, logits), generator_loss(whole, logits, logits)));
  }
}

TEST(Objective, ComputesInFloatOrDoubleNeverInBf16) {
  const auto logits = torch::randn({4, 1, 3, 3});
  for (const ObjectiveOptions& options : every_objective()) {
    EXPECT_EQ(in_game(options, logits.to(torch::kBFloat16)).scalar_type(), torch::kFloat);
    EXPECT_EQ(in_game(options, logits).scalar_type(), torch::kFloat);
    EXPECT_EQ(in_game(options, logits.to(torch::kDouble)).scalar_type(), torch::kDouble);
    EXPECT_EQ(in_game(options, logits).dim(), 0);
  }
}

TEST(Objective, RunsOnTheMetaDevice) {
  const auto logits = torch::empty({4}, torch::kMeta);
  for (const ObjectiveOptions& options : every_objective()) {
    EXPECT_TRUE(real_loss(options, logits).is_meta());
    EXPECT_EQ(in_game(options, logits).dim(), 0);
  }
}

TEST(Saturating, IsTheMinimaxGame) {
  const ObjectiveOptions options = {.type = "saturating"};
  const auto logits = logits_of({-1, 0.5, 2}).requires_grad_();
  const auto ours = generator_loss(options, logits);
  const auto textbook = torch::log(1 - torch::sigmoid(logits)).mean();
  EXPECT_NEAR(ours.item<double>(), textbook.item<double>(), 1e-12);
  EXPECT_TRUE(torch::allclose(gradient_of(ours, logits), gradient_of(textbook, logits)));
  EXPECT_TRUE(torch::equal(fake_loss(options, logits), fake_loss(kNonSaturating, logits)));
}

TEST(Hinge, IsZeroBeyondTheMargins) {
  const ObjectiveOptions options = {.type = "hinge"};
  const auto terms = discriminator_loss(options, logits_of({1, 3, 0}), logits_of({-1, -4, 0.5}));
  EXPECT_EQ(terms[0].name, "d_real");
  EXPECT_DOUBLE_EQ(terms[0].value.item<double>(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(terms[1].value.item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(generator_loss(options, logits_of({-1, 4})).item<double>(), -1.5);
}

TEST(Wasserstein, IsTheDifferenceOfMeans) {
  const ObjectiveOptions options = {.type = "wasserstein"};
  const auto terms = discriminator_loss(options, logits_of({5, 7}), logits_of({1, 2}));
  EXPECT_DOUBLE_EQ(terms[0].value.item<double>(), -6);
  EXPECT_DOUBLE_EQ(terms[1].value.item<double>(), 1.5);
  EXPECT_DOUBLE_EQ(generator_loss(options, logits_of({1, 2})).item<double>(), -1.5);
}

TEST(Relativistic, ComparesPairsInTheirOrder) {
  const ObjectiveOptions options = {.type = "relativistic"};
  const auto reals = logits_of({2, -1}).requires_grad_();
  const auto fakes = logits_of({0.5, 3}).requires_grad_();
  const auto terms = discriminator_loss(options, reals, fakes);
  ASSERT_EQ(terms.size(), 1);
  EXPECT_EQ(terms[0].name, "d");
  const auto textbook = -torch::log(torch::sigmoid(reals - fakes)).mean();
  EXPECT_NEAR(terms[0].value.item<double>(), textbook.item<double>(), 1e-12);
  const auto g = generator_loss(options, fakes, reals);
  EXPECT_NEAR(g.item<double>(), -torch::log(torch::sigmoid(fakes - reals)).mean().item<double>(),
              1e-12);
  EXPECT_TRUE(torch::allclose(gradient_of(terms[0].value, reals), gradient_of(textbook, reals)));
}

TEST(RelativisticAverage, ComparesWithTheOtherSidesMean) {
  const ObjectiveOptions options = {.type = "relativistic_average"};
  const auto reals = logits_of({2, -1});
  const auto fakes = logits_of({0.5, 3});
  const auto terms = discriminator_loss(options, reals, fakes);
  const auto real_score = reals - fakes.mean();
  const auto fake_score = fakes - reals.mean();
  EXPECT_NEAR(terms[0].value.item<double>(), cross_entropy(real_score, 1).item<double>(), 1e-12);
  EXPECT_NEAR(terms[1].value.item<double>(), cross_entropy(fake_score, 0).item<double>(), 1e-12);
  EXPECT_NEAR(generator_loss(options, fakes, reals).item<double>(),
              (cross_entropy(fake_score, 1) + cross_entropy(real_score, 0)).item<double>(), 1e-12);
}

// D learns that reals are more real than fakes, G the contrary, in every game.
TEST(Objective, PullsLogitsTheRightWay) {
  for (const ObjectiveOptions& options : every_objective()) {
    const auto reals = logits_of({0.1, 0.3}).requires_grad_();
    const auto fakes = logits_of({0.2, 0.1}).requires_grad_();
    torch::Tensor d;
    for (const LossTerm& term : discriminator_loss(options, reals, fakes)) {
      d = d.defined() ? d + term.value : term.value;
    }
    const auto gradients = torch::autograd::grad({d}, {reals, fakes});
    EXPECT_TRUE((gradients[0] < 0).all().item<bool>()) << options.type;
    EXPECT_TRUE((gradients[1] > 0).all().item<bool>()) << options.type;
    const auto g = generator_loss(options, fakes, reals.detach());
    EXPECT_TRUE((gradient_of(g, fakes) < 0).all().item<bool>()) << options.type;
  }
}

TEST(Objective, AccuracyIsOneWhereDKnowsAndZeroWhereItIsFooled) {
  for (const ObjectiveOptions& options : every_objective()) {
    const auto high = logits_of({3, 4});
    const auto low = logits_of({-3, -4});
    EXPECT_EQ(accuracy(options, high, low).item<double>(), 1) << options.type;
    EXPECT_EQ(accuracy(options, low, high).item<double>(), 0) << options.type;
  }
}

TEST(LabelTargets, AreSpreadAndFlipped) {
  const ObjectiveOptions options = {.real_label = 0.9, .label_noise = 0.1, .label_flip = 0.25};
  const auto noise = torch::tensor({{0.0, 0.5}, {0.5, 1.0}, {1.0, 0.0}}, torch::kDouble);
  const auto flip = torch::tensor({{0.9, 0.2}, {0.1, 0.9}, {0.25, 0.3}}, torch::kDouble);
  const LabelTargets targets = label_targets(options, noise, flip);
  EXPECT_TRUE(torch::allclose(targets.real, logits_of({0.8, 0.0, 1.0})));
  EXPECT_TRUE(torch::allclose(targets.fake, logits_of({0.9, 0.1, -0.1})));
}

TEST(LabelTargets, OfTheSameLabelChangeNothingAndSpreadOverPatches) {
  for (const char* type : {"non_saturating", "least_squares", "relativistic_average"}) {
    const ObjectiveOptions options = {.type = type, .real_label = 0.7};
    const auto reals = torch::randn({3, 1, 2, 2}, torch::kDouble);
    const auto fakes = torch::randn({3, 1, 2, 2}, torch::kDouble);
    const LabelTargets same = {torch::full({3}, 0.7), torch::zeros({3})};
    const auto plain = discriminator_loss(options, reals, fakes);
    const auto told = discriminator_loss(options, reals, fakes, same);
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_NEAR(plain[i].value.item<double>(), told[i].value.item<double>(), 1e-7) << type;
    }
  }
}

TEST(MeanSign, CountsRealsAboveTheMiddle) {
  const torch::Tensor logits = torch::tensor({2.0, 0.7, 0.4, -0.1});
  for (const auto& [type, expected] : {std::pair{"non_saturating", 0.5},
                                       {"saturating", 0.5},
                                       {"hinge", 0.5},
                                       {"least_squares", 0.0}}) {
    const ObjectiveOptions options{.type = type};
    EXPECT_TRUE(judges_by_itself(options)) << type;
    EXPECT_NEAR(mean_sign(options, logits).item<double>(), expected, 1e-6) << type;
  }
  for (const char* type : {"wasserstein", "relativistic", "relativistic_average"}) {
    EXPECT_FALSE(judges_by_itself(ObjectiveOptions{.type = type})) << type;
  }
}

TEST(CriticUpdates, AreManyAtFirstAndEveryFiveHundred) {
  const ObjectiveOptions options = {.n_critic = 5, .n_critic_thorough = 100};
  EXPECT_EQ(critic_updates(options, 0), 100);
  EXPECT_EQ(critic_updates(options, 24), 100);
  EXPECT_EQ(critic_updates(options, 25), 5);
  EXPECT_EQ(critic_updates(options, 500), 100);
  EXPECT_EQ(critic_updates(options, 501), 5);
  EXPECT_EQ(critic_updates({.n_critic = 5}, 0), 5);
}

TEST(ObjectiveOptions, LabelsWithoutMeaningAreRefused) {
  const OptionTable& table = objective_options();
  EXPECT_EQ(table.conflict(ObjectiveOptions{.type = "hinge", .real_label = 0.9})->key,
            "real_label");
  EXPECT_EQ(table.conflict(ObjectiveOptions{.type = "relativistic", .label_flip = 0.1})->key,
            "label_flip");
  EXPECT_EQ(table.conflict(ObjectiveOptions{.label_noise = 0.1})->key, "label_noise");
  EXPECT_FALSE(
      table.conflict(ObjectiveOptions{.real_label = 0.9, .fake_label = 0.1, .label_noise = 0.1}));
}

TEST(ObjectiveOptions, CrossEntropyTakesProbabilitiesOnly) {
  const OptionTable& table = objective_options();
  EXPECT_FALSE(table.conflict(table.make_default()));
  const auto real = table.conflict(ObjectiveOptions{.real_label = 1.1});
  ASSERT_TRUE(real);
  EXPECT_EQ(real->key, "real_label");
  EXPECT_EQ(table.conflict(ObjectiveOptions{.fake_label = -1})->key, "fake_label");
  EXPECT_FALSE(table.conflict(ObjectiveOptions{.type = "least_squares", .fake_label = -1}));
}

TEST(ObjectiveOptions, TypeIsAChoice) {
  const Option* type = objective_options().find("type");
  std::any options = objective_options().make_default();
  type->set(options, OptionValue(std::string("least_squares")));
  EXPECT_EQ(std::any_cast<ObjectiveOptions>(options).type, "least_squares");
}

}  // namespace
}  // namespace gantrain
