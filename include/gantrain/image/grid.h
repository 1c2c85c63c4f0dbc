#pragma once

#include <utility>
#include <vector>

#include "gantrain/image/image.h"

namespace gantrain {

// Lays equal-sized images out row by row, `columns` in a row, with two pixels of white between and
// around them; places without an image are white. columns = 0: as square as possible.
Image make_grid(const std::vector<Image>& images, int64_t columns = 0);

// The same, filled one image at a time, so that the single images need not be kept.
class GridCanvas {
 public:
  // Places for `count` images; columns as above.
  explicit GridCanvas(int64_t count, int64_t columns = 0);
  void add(const Image& image);  // into the next place; all of one shape and depth
  Image take() { return std::move(canvas_); }

 private:
  int64_t count_;
  int64_t columns_;
  int64_t next_ = 0;
  int64_t tile_width_ = 0;
  int64_t tile_height_ = 0;
  Image canvas_;
};

}  // namespace gantrain
