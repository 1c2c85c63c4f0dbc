#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gantrain/image/image_error.h"

namespace gantrain {

// What the first bytes of an image file tell, without decoding. The format is recognised by
// content, whatever the file's name.

enum class ImageFormat { kPng, kJpeg, kBmp, kPnm };  // kPnm: PGM and PPM, P2 P3 P5 P6
const char* image_format_name(ImageFormat format);   // "PNG", "JPEG", "BMP", "PGM/PPM"

// Whether a file of that extension (with or without its dot, any case: ".JPG") is one of the
// format by its name; for the note on wrong extensions.
bool extension_fits(ImageFormat format, std::string_view extension);
// Whether an extension names any format that read_image_header reads, or one that it refuses by
// name (".webp"): what a folder scan takes for an image.
bool is_image_extension(std::string_view extension);

struct ImageHeader {
  ImageFormat format = ImageFormat::kPng;
  int64_t width = 0;  // as decode_image gives it: after the orientation of EXIF
  int64_t height = 0;
  int64_t channels = 0;  // of the decoded image: 1, 2 (grey and alpha), 3 or 4; a palette counts as
                         // 3, or 4 with transparency; CMYK as 3
  int bits = 8;          // of the decoded image: 8, or 16
  bool cmyk = false;     // JPEG in CMYK or YCCK: colours are approximate
  int orientation = 1;   // EXIF, 1 to 8, JPEG only; already applied to width and height

  bool has_alpha() const { return channels == 2 || channels == 4; }
};

struct ImageLimits {
  int64_t max_pixels = 64'000'000;  // the configuration's max_image_pixels
};
inline constexpr int64_t kMaximumImageSide = 65'535;  // as JPEG's

// As many bytes as nearly every header needs.
inline constexpr size_t kUsualHeaderBytes = 16 << 10;

// start: the first bytes of a file (all of a short one); file_size: the size of the whole file.
// Returns nothing when the header lies further on (a JPEG or PNG with large metadata before its
// size, a PNG whose transparency is not decided yet): call again with more of the file, four times
// as much, say. With the whole file there is always an answer. Throws ImageError: empty, not an
// image, a format that is not read (with the way to convert it), too large, or damaged already in
// the header.
std::optional<ImageHeader> read_image_header(std::string_view start, uint64_t file_size,
                                             const ImageLimits& limits = {});

}  // namespace gantrain
