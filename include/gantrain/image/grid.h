#pragma once

#include <vector>

#include "gantrain/image/image.h"

namespace gantrain {

// Lays equal-sized images out row by row, `columns` in a row, with two pixels of white between and
// around them; places without an image are white. columns = 0: as square as possible.
Image make_grid(const std::vector<Image>& images, int64_t columns = 0);

}  // namespace gantrain
