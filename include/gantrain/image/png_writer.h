#pragma once

#include <filesystem>
#include <string>

#include "gantrain/image/image.h"

namespace gantrain {

// PNG bytes (1, 3 or 4 channels), deterministic for equal pixels; `text` becomes a tEXt chunk "Description" when not empty.
std::string encode_png(const Image& image, const std::string& text = "");

// Writes atomically. Throws Error(kOutput).
void write_png(const std::filesystem::path& path, const Image& image, const std::string& text = "");

}  // namespace gantrain
