#include "gantrain/image/tile_plan.h"

#include <algorithm>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

// 0 before the feather that is centred at `centre`, 1 behind it.
double fade(double place, double centre, double feather) {
  return std::clamp((place - centre) / feather + 0.5, 0.0, 1.0);
}

}  // namespace

int64_t rounded_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

int64_t TileAxis::overlap() const {
  return starts.size() < 2 ? 0 : starts[0] + tile - starts[1];
}

std::vector<float> TileAxis::weights(size_t index, int64_t scale) const {
  // Tiles fade in in the middle of what they share with the one before. The fades are equally long
  // and their centres rise, so that a tile's weight, its own fade less the next one's, is never
  // negative.
  const auto centre = [this](size_t i) {
    return static_cast<double>(starts[i] + starts[i - 1] + tile) / 2;
  };
  std::vector<float> result(static_cast<size_t>(tile * scale));
  for (size_t i = 0; i < result.size(); ++i) {
    const double place = static_cast<double>(starts[index]) +
                         (static_cast<double>(i) + 0.5) / static_cast<double>(scale);
    const auto length = static_cast<double>(feather);
    const double in = index == 0 ? 1 : fade(place, centre(index), length);
    const double out = index + 1 == starts.size() ? 0 : fade(place, centre(index + 1), length);
    result[i] = static_cast<float>(in - out);
  }
  return result;
}

TileAxis plan_tiles(int64_t size, int64_t tile, const TileOverlap& overlap, int64_t multiple) {
  TileAxis axis;
  axis.size = size;
  axis.tile = std::min(tile, size);
  axis.starts = {0};
  const int64_t shared = rounded_up(overlap.total(), multiple);
  axis.feather = shared - 2 * overlap.margin;
  if (size <= tile) {
    return axis;
  }
  if (size % multiple != 0 || tile % multiple != 0 || tile <= shared || overlap.feather < 1) {
    throw Error(ErrorKind::kInternal, "tiles of " + std::to_string(tile) + " px that share " +
                                          std::to_string(shared) + " px do not cover " +
                                          std::to_string(size) + " px in steps of " +
                                          std::to_string(multiple));
  }
  while (axis.starts.back() + tile < size) {
    axis.starts.push_back(std::min(axis.starts.back() + tile - shared, size - tile));
  }
  return axis;
}

int64_t mirrored(int64_t place, int64_t size) {
  if (size == 1) {
    return 0;
  }
  const int64_t period = 2 * (size - 1);
  const int64_t within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}

}  // namespace gantrain
