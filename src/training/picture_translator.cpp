#include "gantrain/training/picture_translator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gantrain/runtime/memory_meter.h"

namespace gantrain {
namespace {

constexpr int64_t kMaximumSide = int64_t{1} << 20;
constexpr int64_t kSmallestSide = 16;   // reflection needs some, and so do norms over the picture
constexpr int64_t kProbeSide = 192;     // of the picture whose pass is measured
constexpr double kBeyondTensors = 1.5;  // kernels' own buffers, and gaps between blocks
constexpr int64_t kFeather = 32;
constexpr int64_t kSmallestOverlap = 128;  // where tiles differ in colour

torch::Tensor mirrored_places(int64_t size, int64_t before, int64_t total) {
  torch::Tensor places = torch::empty({total}, torch::kLong);
  for (int64_t i = 0; i < total; ++i) {
    places[i] = mirrored(i - before, size);
  }
  return places;
}

torch::Tensor weights_of(const TileAxis& axis, size_t index, int64_t scale) {
  return torch::tensor(axis.weights(index, scale));
}

}  // namespace

PictureTranslator::PictureTranslator(const PictureTask& task, PictureFunction network,
                                     const TranslatorLimits& limits, torch::Device device)
    : task_(task), network_(std::move(network)), limits_(limits), device_(device) {
  if (limits_.memory_bytes == 0) {
    return;
  }
  const torch::NoGradGuard no_grad;
  const int64_t side = rounded_up(kProbeSide, task_.multiple);
  MemoryMeter meter(device_, std::numeric_limits<int64_t>::max());
  network_(torch::zeros({1, task_.input_channels, side, side}, torch::device(device_)));
  bytes_per_pixel_ =
      kBeyondTensors * static_cast<double>(meter.peak_bytes()) / static_cast<double>(side * side);
}

PictureTranslator::Tiles PictureTranslator::tiles() const {
  const int64_t multiple = task_.multiple;
  int64_t largest = kMaximumSide;
  if (limits_.memory_bytes > 0) {
    const double pixels = static_cast<double>(limits_.memory_bytes) / bytes_per_pixel_;
    largest = static_cast<int64_t>(std::sqrt(pixels)) / multiple * multiple;
  }
  Tiles tiles{limits_.tile > 0 ? rounded_up(limits_.tile, multiple) : largest,
              {task_.radius, kFeather}};
  if (task_.sees_whole_picture || 2 * tiles.overlap.total() > largest) {
    const int64_t shared = rounded_up(std::max(task_.radius, kSmallestOverlap), multiple);
    tiles.overlap = {shared / 4, shared - 2 * (shared / 4)};
  }
  const int64_t smallest =
      rounded_up(tiles.overlap.total(), multiple) + rounded_up(kSmallestSide, multiple);
  tiles.side = std::max(tiles.side, smallest);
  return tiles;
}

TranslationPlan PictureTranslator::plan(int64_t height, int64_t width) const {
  TranslationPlan plan;
  plan.padded_height = rounded_up(std::max(height, kSmallestSide), task_.multiple);
  plan.padded_width = rounded_up(std::max(width, kSmallestSide), task_.multiple);
  const auto pixels = static_cast<double>(plan.padded_height * plan.padded_width);
  const auto limit = static_cast<double>(limits_.memory_bytes);
  const bool fits = limits_.memory_bytes == 0 || pixels * bytes_per_pixel_ <= limit;
  const Tiles cut_into = tiles();
  const auto cut = [&](int64_t size) {
    const bool whole = limits_.tile == 0 && fits;
    return plan_tiles(size, whole ? size : cut_into.side, cut_into.overlap, task_.multiple);
  };
  plan.rows = cut(plan.padded_height);
  plan.columns = cut(plan.padded_width);
  plan.batch = limits_.batch;
  if (limits_.memory_bytes > 0) {
    const double each = bytes_per_pixel_ * static_cast<double>(plan.rows.tile * plan.columns.tile);
    plan.batch = std::clamp<int64_t>(static_cast<int64_t>(limit / each), 1, limits_.batch);
  }
  return plan;
}

torch::Tensor PictureTranslator::run(const torch::Tensor& pictures) const {
  const torch::NoGradGuard no_grad;
  const int64_t height = pictures.size(2);
  const int64_t width = pictures.size(3);
  const TranslationPlan how = plan(height, width);
  const torch::Tensor input = padded(pictures, how);
  torch::Tensor output;
  if (how.tiled()) {
    std::vector<torch::Tensor> each;
    for (int64_t i = 0; i < input.size(0); ++i) {
      each.push_back(run_tiles(input[i], how));
    }
    output = torch::stack(each);
  } else {
    output = run_whole(input, how.batch);
  }
  const int64_t top = (how.padded_height - height) / 2 * task_.scale;
  const int64_t left = (how.padded_width - width) / 2 * task_.scale;
  return output.slice(2, top, top + height * task_.scale)
      .slice(3, left, left + width * task_.scale)
      .contiguous();
}

torch::Tensor PictureTranslator::padded(const torch::Tensor& pictures,
                                        const TranslationPlan& plan) const {
  const int64_t height = pictures.size(2);
  const int64_t width = pictures.size(3);
  torch::Tensor result = pictures;
  if (height != plan.padded_height) {
    const int64_t before = (plan.padded_height - height) / 2;
    result = result.index_select(2, mirrored_places(height, before, plan.padded_height));
  }
  if (width != plan.padded_width) {
    const int64_t before = (plan.padded_width - width) / 2;
    result = result.index_select(3, mirrored_places(width, before, plan.padded_width));
  }
  return result;
}

torch::Tensor PictureTranslator::run_whole(const torch::Tensor& pictures, int64_t batch) const {
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& part : pictures.split(batch)) {
    parts.push_back(network_(part.to(device_)).to(torch::kCPU, torch::kFloat));
  }
  return torch::cat(parts);
}

// picture: [C, H, W], padded.
torch::Tensor PictureTranslator::run_tiles(const torch::Tensor& picture,
                                           const TranslationPlan& plan) const {
  const int64_t scale = task_.scale;
  struct Place {
    size_t row, column;
  };
  std::vector<Place> places;
  for (size_t row = 0; row < plan.rows.starts.size(); ++row) {
    for (size_t column = 0; column < plan.columns.starts.size(); ++column) {
      places.push_back({row, column});
    }
  }
  torch::Tensor sum;
  for (size_t start = 0; start < places.size(); start += static_cast<size_t>(plan.batch)) {
    const size_t end = std::min(start + static_cast<size_t>(plan.batch), places.size());
    std::vector<torch::Tensor> tiles;
    for (size_t i = start; i < end; ++i) {
      tiles.push_back(picture.narrow(1, plan.rows.starts[places[i].row], plan.rows.tile)
                          .narrow(2, plan.columns.starts[places[i].column], plan.columns.tile));
    }
    const torch::Tensor made = run_whole(torch::stack(tiles), plan.batch);
    if (!sum.defined()) {
      sum = torch::zeros({made.size(1), plan.padded_height * scale, plan.padded_width * scale});
    }
    for (size_t i = start; i < end; ++i) {
      const torch::Tensor down = weights_of(plan.rows, places[i].row, scale).unsqueeze(1);
      const torch::Tensor along = weights_of(plan.columns, places[i].column, scale);
      sum.narrow(1, plan.rows.starts[places[i].row] * scale, plan.rows.tile * scale)
          .narrow(2, plan.columns.starts[places[i].column] * scale, plan.columns.tile * scale)
          .addcmul_(made[static_cast<int64_t>(i - start)], down * along);
    }
  }
  return sum;
}

}  // namespace gantrain
