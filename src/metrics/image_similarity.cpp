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

// A Gaussian that sums to 1, [side].
torch::Tensor bell_of(int64_t side) {
  const torch::Tensor x = torch::arange(side, torch::kDouble) - static_cast<double>(side / 2);
  const torch::Tensor bell = torch::exp(-x * x / (2 * kDeviation * kDeviation));
  return bell / bell.sum();
}

// Of every channel by itself, [N * C, 1, h, w], where the window lies wholly inside: down the
// columns, then along the rows, which needs a fraction of the memory of both at once.
torch::Tensor smooth(const torch::Tensor& values, const torch::Tensor& bell) {
  const torch::Tensor channels = values.flatten(0, 1).unsqueeze(1);
  return torch::conv2d(torch::conv2d(channels, bell.view({1, 1, -1, 1})), bell.view({1, 1, 1, -1}));
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
  const torch::Tensor bell = bell_of(side);
  const torch::Tensor x = from_zero_to_one(images);
  const torch::Tensor y = from_zero_to_one(targets);
  const torch::Tensor mean_x = smooth(x, bell);
  const torch::Tensor mean_y = smooth(y, bell);
  const torch::Tensor variance_x = smooth(x * x, bell) - mean_x * mean_x;
  const torch::Tensor variance_y = smooth(y * y, bell) - mean_y * mean_y;
  const torch::Tensor covariance = smooth(x * y, bell) - mean_x * mean_y;
  const torch::Tensor similarity =
      (2 * mean_x * mean_y + kC1) * (2 * covariance + kC2) /
      ((mean_x.square() + mean_y.square() + kC1) * (variance_x + variance_y + kC2));
  return similarity.view({images.size(0), -1}).mean(1);
}

torch::Tensor gradient_magnitudes(const torch::Tensor& images) {
  const torch::Tensor pixels = from_zero_to_one(images);
  torch::Tensor sum = torch::zeros({images.size(0)}, torch::kDouble);
  for (const int64_t axis : {2, 3}) {
    if (images.size(axis) > 1) {
      sum += mean_of_each(pixels.diff(1, axis).abs());
    }
  }
  return sum;
}

}  // namespace gantrain
