#include "gantrain/image/grid.h"

#include <algorithm>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

constexpr int64_t kGap = 2;
constexpr uint8_t kWhite = 255;  // in every byte, so at 16 bits too

int64_t columns_of_a_square(int64_t count) {
  int64_t columns = 1;
  while (columns * columns < count) {
    ++columns;
  }
  return columns;
}

void paste(const Image& tile, int64_t left, int64_t top, Image& canvas) {
  const int64_t row_bytes = tile.row_bytes();
  for (int64_t y = 0; y < tile.height; ++y) {
    std::copy_n(
        tile.pixels.data() + y * row_bytes, row_bytes,
        canvas.pixels.data() + (top + y) * canvas.row_bytes() + left * canvas.pixel_bytes());
  }
}

}  // namespace

Image make_grid(const std::vector<Image>& images, int64_t columns) {
  GridCanvas canvas(static_cast<int64_t>(images.size()), columns);
  for (const Image& image : images) {
    canvas.add(image);
  }
  return canvas.take();
}

GridCanvas::GridCanvas(int64_t count, int64_t columns)
    : count_(count), columns_(std::min(count, columns > 0 ? columns : columns_of_a_square(count))) {
  if (count < 1) {
    throw Error(ErrorKind::kInternal, "a grid needs at least one image");
  }
}

void GridCanvas::add(const Image& image) {
  if (next_ == 0) {
    tile_width_ = image.width;
    tile_height_ = image.height;
    canvas_.width = columns_ * (tile_width_ + kGap) + kGap;
    canvas_.height = (count_ + columns_ - 1) / columns_ * (tile_height_ + kGap) + kGap;
    canvas_.channels = image.channels;
    canvas_.bits = image.bits;
    canvas_.pixels.assign(canvas_.height * canvas_.row_bytes(), kWhite);
  }
  const auto bytes = static_cast<size_t>(image.height * image.row_bytes());
  if (next_ >= count_ || image.width != tile_width_ || image.height != tile_height_ ||
      image.channels != canvas_.channels || image.bits != canvas_.bits ||
      image.pixels.size() != bytes) {
    throw Error(ErrorKind::kInternal,
                "a grid takes as many images as it has places, all of one shape");
  }
  paste(image, kGap + next_ % columns_ * (tile_width_ + kGap),
        kGap + next_ / columns_ * (tile_height_ + kGap), canvas_);
  ++next_;
}

}  // namespace gantrain
