#pragma once

#include <optional>
#include <string_view>

#include "gantrain/image/decode.h"
#include "gantrain/image/image.h"

namespace gantrain {

// As read_image_header, for a JPEG: the segments up to the frame header.
std::optional<ImageHeader> read_jpeg_header(std::string_view start, uint64_t file_size,
                                            const ImageLimits& limits);

// A whole JPEG file to pixels. Throws ImageError.
Image read_jpeg(std::string_view bytes, const ImageLimits& limits, DecodeNotes& notes);

}  // namespace gantrain
