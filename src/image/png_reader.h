#pragma once

#include <string_view>

#include "gantrain/image/image.h"
#include "gantrain/image/image_header.h"

namespace gantrain {

// A whole PNG file to pixels. Throws ImageError.
Image read_png(std::string_view bytes, const ImageLimits& limits);

}  // namespace gantrain
