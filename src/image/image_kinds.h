#pragma once

#include <string_view>

#include "gantrain/image/image_header.h"

namespace gantrain {

// The format of a file by its first bytes. Throws ImageError for an empty file, for image formats
// that are not read (named, with the way to convert them), and for anything else (with what it
// starts with).
ImageFormat recognise_image(std::string_view start);

// Throws ImageError when nothing of such a size is decoded.
void check_image_size(int64_t width, int64_t height, const ImageLimits& limits);

}  // namespace gantrain
