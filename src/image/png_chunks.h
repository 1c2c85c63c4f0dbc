#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gantrain/image/image_header.h"

namespace gantrain {

inline constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);

enum class PngColour { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

// A PNG file without its compression: what stands in the chunks that matter, all of them checked.
struct PngChunks {
  int64_t width = 0;
  int64_t height = 0;
  int depth = 0;  // bits of a sample in the file: 1, 2, 4, 8 or 16
  PngColour colour = PngColour::kGrey;
  bool interlaced = false;
  std::string_view palette;            // 3 bytes each
  std::string_view transparency;       // tRNS, empty without one
  std::vector<std::string_view> data;  // IDAT, in order

  int64_t samples() const;         // of a pixel in the file: 1, 2, 3 or 4
  int64_t shown_channels() const;  // of the decoded image
};

// Views into `bytes`, a whole file. Throws ImageError: order, lengths and CRC of critical chunks
// and tRNS, and what IHDR may say; other chunks are passed over.
PngChunks read_png_chunks(std::string_view bytes, const ImageLimits& limits);

// As read_image_header, for a PNG.
std::optional<ImageHeader> read_png_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits);

}  // namespace gantrain
