#pragma once

#include <optional>
#include <string_view>

#include "gantrain/image/image.h"
#include "gantrain/image/image_header.h"

namespace gantrain {

// As read_image_header, for a PGM or PPM.
std::optional<ImageHeader> read_pnm_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits);

// A whole PGM or PPM file (its first image) to pixels. Throws ImageError.
Image read_pnm(std::string_view bytes, const ImageLimits& limits);

}  // namespace gantrain
