#pragma once

#include <cstdint>
#include <utility>

#include "gantrain/image/image.h"

namespace gantrain {

// Points of the square [-1, 1] x [-1, 1] as black dots of three pixels on white, y upwards. Points
// outside are left out.
class ScatterCanvas {
 public:
  explicit ScatterCanvas(int64_t side = 256);
  void add(double x, double y);
  Image take() { return std::move(canvas_); }

 private:
  Image canvas_;
};

}  // namespace gantrain
