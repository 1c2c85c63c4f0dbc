#include "gantrain/training/interpolation.h"

#include <algorithm>
#include <cmath>

namespace gantrain {
namespace {

constexpr double kParallel = 1e-4;  // below this angle the great circle is a straight line

torch::Tensor slerp(const torch::Tensor& from, const torch::Tensor& to, double t) {
  const double cosine = (from.dot(to) / (from.norm() * to.norm()).clamp_min(1e-12)).item<double>();
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  const double sine = std::sin(angle);
  if (sine < kParallel) {
    return from * (1 - t) + to * t;
  }
  return from * (std::sin((1 - t) * angle) / sine) + to * (std::sin(t * angle) / sine);
}

}  // namespace

torch::Tensor interpolate_latents(const torch::Tensor& points, int64_t frames) {
  const int64_t spans = points.size(0) - 1;
  TORCH_CHECK(spans >= 1 && frames >= 2, "interpolation needs two points and two frames");
  torch::Tensor path = torch::empty({frames, points.size(1)}, points.options());
  for (int64_t frame = 0; frame < frames; ++frame) {
    const double position =
        static_cast<double>(frame) * static_cast<double>(spans) / static_cast<double>(frames - 1);
    const int64_t span = std::min(static_cast<int64_t>(position), spans - 1);
    const double t = position - static_cast<double>(span);
    if (t <= 0 || t >= 1) {
      path[frame] = points[span + (t >= 1 ? 1 : 0)];
    } else {
      path[frame] = slerp(points[span], points[span + 1], t);
    }
  }
  return path;
}

}  // namespace gantrain
