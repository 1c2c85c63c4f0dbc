#include "gantrain/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "image/byte_columns.h"

namespace gantrain {
namespace {

double box(double x) {
  return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

double triangle(double x) {
  return std::max(0.0, 1.0 - std::abs(x));
}

// Keys 1981, eq. 15, with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) {
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  }
  return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

double sinc(double x) {
  x *= std::numbers::pi;
  return x == 0.0 ? 1.0 : std::sin(x) / x;
}

double lanczos(double x) {
  return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

struct Kernel {
  double (*value)(double);
  double support;  // beyond it the value is 0
};

Kernel kernel_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kNearest:
    case ResizeFilter::kBox:
      return {box, 0.5};
    case ResizeFilter::kBilinear:
      return {triangle, 1.0};
    case ResizeFilter::kBicubic:
      return {cubic, 2.0};
    case ResizeFilter::kLanczos:
      return {lanczos, 3.0};
  }
  return {triangle, 1.0};
}

// The exact weights of one output, and where they begin.
struct Weights {
  int64_t first = 0;
  std::vector<double> values;
};

Weights weights_at(int64_t output, int64_t from, int64_t to, const Kernel& kernel) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double center = (static_cast<double>(output) + 0.5) * scale;
  const double stretch = std::max(scale, 1.0);
  const double support = kernel.support * stretch;
  const int64_t begin = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5));
  const int64_t end = std::min<int64_t>(from, static_cast<int64_t>(center + support + 0.5));
  Weights weights{begin, {}};
  double sum = 0;
  for (int64_t k = begin; k < end; ++k) {
    weights.values.push_back(
        kernel.value((static_cast<double>(k) - center + 0.5) * (1.0 / stretch)));
    sum += weights.values.back();
  }
  for (double& value : weights.values) {
    value = sum != 0.0 ? value / sum : value;
  }
  return weights;
}

// The input pixel under each output's centre. The centres are summed up as Pillow does, which
// decides those that fall between two pixels.
std::vector<Weights> nearest(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Weights> all;
  double center = scale * 0.5;
  for (int64_t i = 0; i < to; ++i, center += scale) {
    all.push_back({std::min(static_cast<int64_t>(center), from - 1), {1.0}});
  }
  return all;
}

std::vector<Weights> weights_of(int64_t from, int64_t to, ResizeFilter filter) {
  if (filter == ResizeFilter::kNearest) {
    return nearest(from, to);
  }
  std::vector<Weights> all;
  for (int64_t i = 0; i < to; ++i) {
    all.push_back(weights_at(i, from, to, kernel_of(filter)));
  }
  return all;
}

int64_t rounded_up(int64_t size) {
  return (size + kLanes - 1) / kLanes * kLanes;
}

// A row of sixteen-byte columns: out[i] = weighted sum over the columns of `in`, `channels` apart.
void weigh_rows(const uint8_t* in, int64_t channels, const std::vector<int64_t>& first,
                const std::vector<int32_t>& split, int64_t taps, uint8_t* out) {
  for (size_t i = 0; i < first.size(); ++i) {
    for (int64_t c = 0; c < channels; ++c, out += kLanes) {
      weigh_columns(in + (first[i] * channels + c) * kLanes, channels * kLanes,
                    split.data() + static_cast<int64_t>(i) * taps, taps, out);
    }
  }
}

}  // namespace

const std::vector<std::pair<std::string, ResizeFilter>>& resize_filter_names() {
  static const std::vector<std::pair<std::string, ResizeFilter>> names = {
      {"nearest", ResizeFilter::kNearest},
      {"box", ResizeFilter::kBox},
      {"bilinear", ResizeFilter::kBilinear},
      {"bicubic", ResizeFilter::kBicubic},
      {"lanczos", ResizeFilter::kLanczos}};
  return names;
}

Resizer::Axis Resizer::make_axis(int64_t from, int64_t to, ResizeFilter filter) {
  const std::vector<Weights> exact = weights_of(from, to, filter);
  size_t most = 1;
  for (const Weights& weights : exact) {
    most = std::max(most, weights.values.size());
  }
  Axis axis;
  axis.from = from;
  axis.to = to;
  axis.taps = static_cast<int64_t>(most + 1) / 2 * 2;
  axis.first.resize(to);
  axis.weights.assign(to * axis.taps, 0);
  axis.split.resize(to * axis.taps);
  std::vector<int32_t> fixed(axis.taps);
  for (int64_t i = 0; i < to; ++i) {
    const Weights& weights = exact[i];
    // Taps never reach past the end (but for the odd one), so that run() needs no edge case.
    axis.first[i] = std::max<int64_t>(0, std::min(weights.first, from - axis.taps));
    const int64_t shift = weights.first - axis.first[i];
    std::fill(fixed.begin(), fixed.end(), 0);
    for (size_t k = 0; k < weights.values.size(); ++k) {
      const double value = weights.values[k];
      axis.weights[i * axis.taps + shift + static_cast<int64_t>(k)] = static_cast<float>(value);
      fixed[shift + static_cast<int64_t>(k)] =
          static_cast<int32_t>(std::lround(value * (1 << kFractionBits)));
    }
    for (int64_t k = 0; k < axis.taps; k += 2) {
      split_weights(fixed[k], fixed[k + 1], axis.split.data() + i * axis.taps + k);
    }
  }
  return axis;
}

Resizer::Resizer(int64_t from_width, int64_t from_height, int64_t to_width, int64_t to_height,
                 int64_t channels, ResizeFilter filter)
    : horizontal_(make_axis(from_width, to_width, filter)),
      vertical_(make_axis(from_height, to_height, filter)),
      channels_(channels) {}

// Sixteen rows at a time, transposed, so that a pixel's neighbours lie a fixed distance apart and
// each step works on one pixel of all sixteen.
void Resizer::run_rows(const uint8_t* in, uint8_t* out, int64_t out_stride,
                       uint8_t* columns) const {
  const int64_t in_row = horizontal_.from * channels_;
  const int64_t out_row = horizontal_.to * channels_;
  uint8_t* weighed = columns + (rounded_up(in_row) + channels_) * kLanes;
  const uint8_t* rows[kLanes];
  uint8_t tails[kLanes][kLanes] = {};
  for (int64_t y = 0; y < vertical_.from; y += kLanes) {
    const int64_t count = std::min(kLanes, vertical_.from - y);
    for (int64_t x = 0; x < in_row; x += kLanes) {
      for (int64_t i = 0; i < kLanes; ++i) {
        rows[i] = in + (y + std::min(i, count - 1)) * in_row + x;
        if (in_row - x < kLanes) {
          std::memcpy(tails[i], rows[i], in_row - x);
          rows[i] = tails[i];
        }
      }
      transpose_bytes(rows, columns + x * kLanes, kLanes);
    }
    weigh_rows(columns, channels_, horizontal_.first, horizontal_.split, horizontal_.taps, weighed);
    for (int64_t x = 0; x < out_row; x += kLanes) {
      for (int64_t i = 0; i < kLanes; ++i) {
        rows[i] = weighed + (x + i) * kLanes;
      }
      transpose_bytes(rows, out + y * out_stride + x, out_stride);
    }
  }
}

void Resizer::run(const uint8_t* in, uint8_t* out, std::vector<uint8_t>& scratch) const {
  const int64_t in_row = horizontal_.from * channels_;
  const int64_t row = horizontal_.to * channels_;
  const int64_t stride = rounded_up(row);
  // Rows in groups of sixteen, and one more that an odd tap may read; then run_rows()'s columns.
  const int64_t rows_bytes = (rounded_up(vertical_.from) + 1) * stride;
  const int64_t columns_bytes =
      (rounded_up(in_row) + channels_ + rounded_up(horizontal_.to * channels_)) * kLanes;
  scratch.resize(std::max<size_t>(scratch.size(), rows_bytes + columns_bytes));
  if (horizontal_.from == horizontal_.to) {
    for (int64_t y = 0; y < vertical_.from; ++y) {
      std::memcpy(scratch.data() + y * stride, in + y * in_row, in_row);
    }
  } else {
    run_rows(in, scratch.data(), stride, scratch.data() + rows_bytes);
  }
  uint8_t last[kLanes];
  for (int64_t y = 0; y < vertical_.to; ++y, out += row) {
    const uint8_t* source = scratch.data() + vertical_.first[y] * stride;
    const int32_t* weights = vertical_.split.data() + y * vertical_.taps;
    for (int64_t x = 0; x < row; x += kLanes) {
      const bool whole = row - x >= kLanes;
      weigh_columns(source + x, stride, weights, vertical_.taps, whole ? out + x : last);
      if (!whole) {
        std::memcpy(out + x, last, row - x);
      }
    }
  }
}

void Resizer::run(const uint16_t* in, uint16_t* out, std::vector<float>& scratch) const {
  const int64_t in_row = horizontal_.from * channels_;
  const int64_t row = horizontal_.to * channels_;
  scratch.resize(std::max<size_t>(scratch.size(), (vertical_.from + 1) * row));
  const int64_t taps = std::min(horizontal_.taps, horizontal_.from);
  for (int64_t y = 0; y < vertical_.from; ++y) {
    float* to = scratch.data() + y * row;
    for (int64_t x = 0; x < horizontal_.to; ++x) {
      const float* weights = horizontal_.weights.data() + x * horizontal_.taps;
      const uint16_t* source = in + y * in_row + horizontal_.first[x] * channels_;
      for (int64_t c = 0; c < channels_; ++c) {
        float sum = 0;
        for (int64_t k = 0; k < taps; ++k) {
          sum += weights[k] * static_cast<float>(source[k * channels_ + c]);
        }
        *to++ = sum;
      }
    }
  }
  std::vector<float> sums(row);
  for (int64_t y = 0; y < vertical_.to; ++y, out += row) {
    std::fill(sums.begin(), sums.end(), 0.5f);
    for (int64_t k = 0; k < std::min(vertical_.taps, vertical_.from); ++k) {
      const float weight = vertical_.weights[y * vertical_.taps + k];
      const float* source = scratch.data() + (vertical_.first[y] + k) * row;
      for (int64_t x = 0; x < row; ++x) {
        sums[x] += weight * source[x];
      }
    }
    for (int64_t x = 0; x < row; ++x) {
      out[x] = static_cast<uint16_t>(std::clamp(sums[x], 0.0f, 65535.0f));
    }
  }
}

}  // namespace gantrain
