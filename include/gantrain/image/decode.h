#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gantrain/image/image.h"
#include "gantrain/image/image_header.h"

namespace gantrain {

// What is worth counting about a file that could be decoded.
struct DecodeNotes {
  ImageFormat format = ImageFormat::kPng;  // by content; compare it with the name
  int64_t warnings = 0;                    // of libjpeg, about damaged data; pixels may be wrong
  std::string first_warning;               // in libjpeg's words
  bool cmyk = false;                       // converted without colour profiles: approximate
  int orientation = 1;                     // EXIF orientation that was applied; 1 = none
};

// Decodes a whole image file: PNG (every colour type and depth, interlaced or not), JPEG (baseline
// and progressive; grey, colour, CMYK and YCCK), BMP (uncompressed, 1 to 32 bits), PGM and PPM
// (text and binary, maxval up to 65535). A defined result for each:
//   PNG   1, 2, 4 bits of grey are spread over 0..255 (times 255, 85, 17); palettes become RGB, or
//         RGBA with a tRNS chunk; a tRNS colour becomes an alpha channel; 16 bits stay 16.
//         Gamma, ICC profiles and all other ancillary chunks are ignored.
//   JPEG  as libjpeg-turbo decodes by default (accurate integer DCT, fancy upsampling), as Pillow
//         does; Adobe's inverted CMYK is turned to RGB as Pillow's convert("RGB"); the orientation
//         in EXIF is applied.
//   BMP   RGB; RGBA only with an alpha mask in the header; grey where the palette is grey.
//   PNM   maxval 255 and 65535 as they are, other values scaled to 8 (up to 255) or 16 bits,
//         rounded.
// Throws ImageError. PNG: every critical chunk is checked (order, length, CRC, Adler-32, exact
// amount of pixel data). JPEG: an end before the last row is an error; other damage that libjpeg
// goes on after counts as a warning. Never allocates more than the limits allow for, whatever a
// header claims. Thread-safe.
Image decode_image(std::string_view bytes, const ImageLimits& limits = {},
                   DecodeNotes* notes = nullptr);

}  // namespace gantrain
