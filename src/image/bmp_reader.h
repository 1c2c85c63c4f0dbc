#pragma once

#include <optional>
#include <string_view>

#include "gantrain/image/image.h"
#include "gantrain/image/image_header.h"

namespace gantrain {

// As read_image_header, for a BMP.
std::optional<ImageHeader> read_bmp_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits);

// A whole BMP file to pixels. Throws ImageError.
Image read_bmp(std::string_view bytes, const ImageLimits& limits);

}  // namespace gantrain
