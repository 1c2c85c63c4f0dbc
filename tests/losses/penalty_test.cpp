#include "gantrain/losses/penalty.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

using torch::Tensor;

Tensor doubles(torch::IntArrayRef shape) {
  return torch::randn(shape, torch::kDouble);
}

TEST(PointsBetween, LieOnTheLine) {
  const Tensor reals = doubles({3, 1, 2, 2});
  const Tensor fakes = doubles({3, 1, 2, 2});
  const Tensor points =
      points_between(reals, fakes, torch::tensor({0.0, 1.0, 0.25}, torch::kDouble));
  EXPECT_TRUE(torch::allclose(points[0], fakes[0]));
  EXPECT_TRUE(torch::allclose(points[1], reals[1]));
  EXPECT_TRUE(torch::allclose(points[2], 0.25 * reals[2] + 0.75 * fakes[2]));
}

TEST(PointsAround, AreShiftedByHalfTheDeviation) {
  const Tensor reals = doubles({4, 1, 2, 2});
  const Tensor noise = torch::rand({4, 1, 2, 2}, torch::kDouble);
  EXPECT_TRUE(torch::equal(points_around(reals, torch::zeros_like(noise)), reals));
  EXPECT_TRUE(torch::allclose((points_around(reals, noise) - reals) / noise,
                              (0.5 * reals.std()).expand_as(reals)));
}

// For a linear critic w.x the gradient is w everywhere.
TEST(GradientPenalty, OfALinearCriticHasTheClosedForm) {
  const Tensor weight = doubles({4}).requires_grad_();
  const Tensor points = doubles({3, 1, 2, 2}).requires_grad_();
  const Tensor norms = squared_gradient_norms(points.flatten(1).mv(weight), points);
  const double squared = weight.detach().square().sum().item<double>();
  EXPECT_TRUE(torch::allclose(norms.detach(), torch::full({3}, squared, torch::kDouble)));
  const double norm = std::sqrt(squared);
  const Tensor unit = unit_gradient_penalty(norms);
  EXPECT_NEAR(unit.item<double>(), (norm - 1) * (norm - 1), 1e-9);
  const Tensor zero = zero_gradient_penalty(norms);
  EXPECT_NEAR(zero.item<double>(), squared / 2, 1e-12);
  EXPECT_TRUE(
      torch::allclose(torch::autograd::grad({zero}, {weight}, {}, true)[0], weight.detach()));
  EXPECT_TRUE(torch::allclose(torch::autograd::grad({unit}, {weight})[0],
                              2 * (1 - 1 / norm) * weight.detach(), 1e-9));
}

TEST(GradientPenalty, OfAConstantCriticHasFiniteGradients) {
  const Tensor weight = torch::zeros({4}, torch::kDouble).requires_grad_();
  const Tensor points = doubles({3, 4}).requires_grad_();
  const Tensor unit = unit_gradient_penalty(squared_gradient_norms(points.mv(weight), points));
  EXPECT_NEAR(unit.item<double>(), 1, 1e-5);
  EXPECT_TRUE(torch::autograd::grad({unit}, {weight})[0].isfinite().all().item<bool>());
}

// Second derivatives through a convolutional critic: the penalty's gradient with regard to every
// weight against central differences of the penalty itself.
TEST(GradientPenalty, HasTheGradientsOfFiniteDifferences) {
  torch::manual_seed(3);
  torch::nn::Sequential critic(
      torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 3, 3).stride(2).padding(1)),
      torch::nn::Softplus(), torch::nn::Flatten(), torch::nn::Linear(3 * 2 * 2, 1));
  critic->to(torch::kDouble);
  const Tensor images = doubles({2, 1, 4, 4});
  for (auto* penalty : {unit_gradient_penalty, zero_gradient_penalty}) {
    const auto value = [&] {
      const Tensor points = images.detach().clone().requires_grad_();
      return penalty(squared_gradient_norms(critic->forward(points).flatten(), points));
    };
    for (const auto& item : critic->named_parameters()) {
      const Tensor parameter = item.value();
      const auto gradient =
          torch::autograd::grad({value()}, {parameter}, {}, false, false, true)[0];
      if (!gradient.defined()) {
        EXPECT_EQ(item.key(), "3.bias");  // a shift of all logits
        continue;
      }
      const Tensor flat = parameter.detach().view(-1);
      const double largest = gradient.abs().max().item<double>();
      for (int64_t i = 0; i < flat.numel(); ++i) {
        constexpr double kStep = 1e-5;
        const Tensor before = flat[i].clone();
        flat[i].add_(kStep);
        const double above = value().item<double>();
        flat[i].copy_(before - kStep);
        const double below = value().item<double>();
        flat[i].copy_(before);
        EXPECT_NEAR(gradient.view(-1)[i].item<double>(), (above - below) / (2 * kStep),
                    1e-5 * largest)
            << item.key() << " " << i;
      }
    }
  }
}

TEST(GradientPenalty, IsInFloatAtLeast) {
  const Tensor points = torch::randn({2, 4}, torch::kBFloat16).requires_grad_();
  const Tensor weight = torch::randn({4}, torch::kBFloat16);
  EXPECT_EQ(squared_gradient_norms(points.mv(weight), points).scalar_type(), torch::kFloat);
}

TEST(PenaltyOptions, AnIntervalNeedsAPenalty) {
  const OptionTable& table = penalty_options();
  EXPECT_EQ(table.conflict(PenaltyOptions{.interval = 4})->key, "interval");
  EXPECT_FALSE(table.conflict(PenaltyOptions{.r1_gamma = 1, .interval = 4}));
}

}  // namespace
}  // namespace gantrain
