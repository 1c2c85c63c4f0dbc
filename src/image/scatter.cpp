#include "gantrain/image/scatter.h"

#include <algorithm>
#include <cmath>

namespace gantrain {

ScatterCanvas::ScatterCanvas(int64_t side) {
  canvas_.width = canvas_.height = side;
  canvas_.channels = 1;
  canvas_.pixels.assign(static_cast<size_t>(side * side), 255);
}

void ScatterCanvas::add(double x, double y) {
  if (!(std::abs(x) <= 1 && std::abs(y) <= 1)) {
    return;
  }
  const int64_t last = canvas_.width - 1;
  const int64_t column = std::lround((x + 1) / 2 * static_cast<double>(last));
  const int64_t row = std::lround((1 - y) / 2 * static_cast<double>(last));
  for (int64_t i = std::max<int64_t>(0, row - 1); i <= std::min(last, row + 1); ++i) {
    for (int64_t j = std::max<int64_t>(0, column - 1); j <= std::min(last, column + 1); ++j) {
      canvas_.pixels[static_cast<size_t>(i * canvas_.width + j)] = 0;
    }
  }
}

}  // namespace gantrain
