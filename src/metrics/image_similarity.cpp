#include "gantrain/metrics/image_similarity.h"

#include <algorithm>

namespace gantrain {
namespace {

constexpr double kMostDecibels = 100;
constexpr int64_t kWindow = 11;
constexpr double kDeviation = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

torch::Tensor from_zero_to_one(const torch::Tensor& images) {
  return images.detach().to(torch::kCPU, torch::kDouble).add(1).div(2);
}

torch::Tensor mean_of_each(const torch::Tensor& values) {
  return values.flatten(1).mean(1);
}

int64_t odd_side(int64_t at_most) {
  return at_most % 2 == 1 ? at_most : at_most - 1;
}

// A Gaussian that sums to 1, [1, 1, side, side].
torch::Tensor window_of(int64_t side) {
  const torch::Tensor x = torch::arange(side, torch::kDouble) - static_cast<double>(side / 2);
  const torch::Tensor bell = torch::exp(-x * x / (2 * kDeviation * kDeviation));
  const torch::Tensor window = torch::outer(bell, bell);
  return (window / window.sum()).view({1, 1, side, side});
}

}  // namespace

torch::Tensor l1_distances(const torch::Tensor& images, const torch::Tensor& targets) {
  return mean_of_each((from_zero_to_one(images) - from_zero_to_one(targets)).abs());
}

torch::Tensor peak_signal_to_noise(const torch::Tensor& images, const torch::Tensor& targets) {
  const torch::Tensor squares =
      mean_of_each((from_zero_to_one(images) - from_zero_to_one(targets)).square());
  return (-10 * squares.log10()).clamp_max(kMostDecibels);
}

torch::Tensor structural_similarity(const torch::Tensor& images, const torch::Tensor& targets) {
  const int64_t side = odd_side(std::min(kWindow, std::min(images.size(2), images.size(3))));
  const torch::Tensor window = window_of(side);
  // Channels are images of their own.
  const auto smooth = [&](const torch::Tensor& values) {
    return torch::conv2d(values.flatten(0, 1).unsqueeze(1), window);
  };
  const torch::Tensor x = from_zero_to_one(images);
  const torch::Tensor y = from_zero_to_one(targets);
  const torch::Tensor mean_x = smooth(x);
  const torch::Tensor mean_y = smooth(y);
  const torch::Tensor variance_x = smooth(x * x) - mean_x * mean_x;
  const torch::Tensor variance_y = smooth(y * y) - mean_y * mean_y;
  const torch::Tensor covariance = smooth(x * y) - mean_x * mean_y;
  const torch::Tensor similarity =
      (2 * mean_x * mean_y + kC1) * (2 * covariance + kC2) /
      ((mean_x.square() + mean_y.square() + kC1) * (variance_x + variance_y + kC2));
  return similarity.view({images.size(0), -1}).mean(1);
}

}  // namespace gantrain
