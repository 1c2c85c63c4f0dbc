#include "gantrain/image/grid.h"

#include <algorithm>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

constexpr int64_t kGap = 2;
constexpr uint8_t kWhite = 255;

bool same_shape(const Image& a, const Image& b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels &&
         a.pixels.size() == b.pixels.size();
}

int64_t columns_of_a_square(int64_t count) {
  int64_t columns = 1;
  while (columns * columns < count) {
    ++columns;
  }
  return columns;
}

void paste(const Image& tile, int64_t left, int64_t top, Image& canvas) {
  const int64_t row_bytes = tile.width * tile.channels;
  for (int64_t y = 0; y < tile.height; ++y) {
    std::copy_n(tile.pixels.data() + y * row_bytes, row_bytes,
                canvas.pixels.data() + ((top + y) * canvas.width + left) * canvas.channels);
  }
}

}  // namespace

Image make_grid(const std::vector<Image>& images, int64_t columns) {
  if (images.empty() || !std::all_of(images.begin(), images.end(), [&](const Image& image) {
        return same_shape(image, images.front());
      })) {
    throw Error(ErrorKind::kInternal, "make_grid: needs at least one image, all of one shape.");
  }
  const auto count = static_cast<int64_t>(images.size());
  const Image& first = images.front();
  columns = std::min(count, columns > 0 ? columns : columns_of_a_square(count));
  const int64_t rows = (count + columns - 1) / columns;

  Image grid;
  grid.width = columns * (first.width + kGap) + kGap;
  grid.height = rows * (first.height + kGap) + kGap;
  grid.channels = first.channels;
  grid.pixels.assign(grid.width * grid.height * grid.channels, kWhite);
  for (int64_t i = 0; i < count; ++i) {
    paste(images[i], kGap + i % columns * (first.width + kGap),
          kGap + i / columns * (first.height + kGap), grid);
  }
  return grid;
}

}  // namespace gantrain
