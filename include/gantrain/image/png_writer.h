#pragma once

#include <filesystem>
#include <string>

#include "gantrain/image/image.h"

namespace gantrain {

// PNG bytes (1 to 4 channels, 8 or 16 bits), the same for equal pixels and the same zlib; `text`
// (UTF-8) becomes a chunk with the keyword "Description" when not empty. Each row takes the filter
// with the smallest sum of absolute differences.
std::string encode_png(const Image& image, const std::string& text = "");

// The file is there whole or not at all; it is not flushed to the disk. Throws Error(kOutput).
void write_png(const std::filesystem::path& path, const Image& image, const std::string& text = "");

}  // namespace gantrain
