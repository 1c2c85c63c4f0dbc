#pragma once

#include <functional>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace gantrain {

// Compares the gradient of a scalar function at x (float64) along a random direction with central
// differences; and, where it can be differentiated twice, that of the gradient's squared norm, too.
inline void expect_gradient_of(const std::function<torch::Tensor(const torch::Tensor&)>& function,
                               const torch::Tensor& point, bool twice = false) {
  const torch::Tensor direction = torch::randn_like(point);
  const auto slope_norm = [&](const torch::Tensor& x) {
    const auto gradient = torch::autograd::grad({function(x)}, {x}, {}, true, true)[0];
    return gradient.square().sum();
  };
  const auto compare = [&](const auto& scalar) {
    constexpr double kStep = 1e-5;
    const torch::Tensor x = point.detach().clone().requires_grad_();
    const double exact =
        (torch::autograd::grad({scalar(x)}, {x})[0] * direction).sum().template item<double>();
    const auto moved = [&](double step) {
      const torch::Tensor y = (point + step * direction).detach().requires_grad_();
      return scalar(y).template item<double>();
    };
    const double difference = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    EXPECT_NEAR(difference / exact, 1, 1e-5);
  };
  compare(function);
  if (twice) {
    compare(slope_norm);
  }
}

}  // namespace gantrain
