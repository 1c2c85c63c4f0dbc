#pragma once

#include <vector>

#include "gantrain/image/image.h"

namespace gantrain {

// Lays equal-sized images out in rows of `columns`, two pixels of white between and around them. columns = 0: as square as possible.
Image make_grid(const std::vector<Image>& images, int64_t columns = 0);

}  // namespace gantrain
