#include "gantrain/image/resize.h"

#include <algorithm>
#include <cmath>

namespace gantrain {
namespace {

constexpr int kFractionBits = 22;  // 32 bits less 8 of the pixel and 2 of headroom
constexpr int32_t kHalf = 1 << (kFractionBits - 1);

uint8_t to_pixel(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

}  // namespace

Resizer::Axis Resizer::make_axis(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double radius = std::max(scale, 1.0);
  Axis axis;
  axis.from = from;
  axis.to = to;
  axis.taps = std::min<int64_t>(from, static_cast<int64_t>(std::ceil(radius)) * 2 + 1);
  axis.first.resize(to);
  axis.weights.assign(to * axis.taps, 0);
  std::vector<double> exact(axis.taps);
  for (int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const int64_t begin = std::max<int64_t>(0, static_cast<int64_t>(center - radius + 0.5));
    const int64_t end = std::min<int64_t>(from, static_cast<int64_t>(center + radius + 0.5));
    double sum = 0;
    for (int64_t k = begin; k < end; ++k) {
      const double distance = std::abs(static_cast<double>(k) + 0.5 - center) / radius;
      exact[k - begin] = std::max(0.0, 1.0 - distance);
      sum += exact[k - begin];
    }
    // Taps never reach past the end, so that run() needs no edge case.
    axis.first[i] = std::min(begin, from - axis.taps);
    for (int64_t k = begin; k < end; ++k) {
      axis.weights[i * axis.taps + k - axis.first[i]] =
          static_cast<int32_t>(std::lround(exact[k - begin] / sum * (1 << kFractionBits)));
    }
  }
  return axis;
}

Resizer::Resizer(int64_t from_width, int64_t from_height, int64_t to_width, int64_t to_height,
                 int64_t channels)
    : horizontal_(make_axis(from_width, to_width)),
      vertical_(make_axis(from_height, to_height)),
      channels_(channels) {}

void Resizer::run(const uint8_t* in, uint8_t* out, std::vector<uint8_t>& scratch) const {
  const int64_t in_row = horizontal_.from * channels_;
  const int64_t row = horizontal_.to * channels_;
  scratch.resize(vertical_.from * row);
  for (int64_t y = 0; y < vertical_.from; ++y) {
    for (int64_t x = 0; x < horizontal_.to; ++x) {
      const int32_t* weights = horizontal_.weights.data() + x * horizontal_.taps;
      const uint8_t* source = in + y * in_row + horizontal_.first[x] * channels_;
      for (int64_t c = 0; c < channels_; ++c) {
        int32_t sum = kHalf;
        for (int64_t k = 0; k < horizontal_.taps; ++k) {
          sum += weights[k] * source[k * channels_ + c];
        }
        scratch[y * row + x * channels_ + c] = to_pixel(sum);
      }
    }
  }
  for (int64_t y = 0; y < vertical_.to; ++y) {
    const int32_t* weights = vertical_.weights.data() + y * vertical_.taps;
    const uint8_t* source = scratch.data() + vertical_.first[y] * row;
    for (int64_t x = 0; x < row; ++x) {
      int32_t sum = kHalf;
      for (int64_t k = 0; k < vertical_.taps; ++k) {
        sum += weights[k] * source[k * row + x];
      }
      out[y * row + x] = to_pixel(sum);
    }
  }
}

}  // namespace gantrain
