#pragma once

#include <array>
#include <cstdint>

#include "gantrain/image/image.h"

namespace gantrain {

// The image that a model wants, of whatever was decoded.
struct ColourMapping {
  int64_t channels = 3;                                 // 1 = grey, 3 = RGB
  int bits = 8;                                         // 8 or 16
  std::array<uint8_t, 3> background = {255, 255, 255};  // RGB behind transparent pixels
};

// In this order, each step only where needed:
//   alpha  sample * a + background * (1 - a), rounded to nearest, at the image's own depth (as
//          Pillow's paste with a mask); an RGB background other than grey turns grey images to RGB
//   grey   ITU-R 601 luma in 16-bit fixed point, (19595 R + 38470 G + 7471 B + 32768) >> 16, as
//          Pillow's convert("L"); at 16 bits the same
//   bits   16 to 8: round(v / 257); 8 to 16: v * 257
//   RGB    grey repeated
// Returns the image itself, moved, when nothing is to do.
Image map_colour(Image image, const ColourMapping& mapping);

// The single steps on rows of pixels that lie in memory.
void rgb_to_luma(const uint8_t* rgb, int64_t pixels, uint8_t* grey);
void rgb_to_luma(const uint16_t* rgb, int64_t pixels, uint16_t* grey);
void repeat_to_rgb(const uint8_t* grey, int64_t pixels, uint8_t* rgb);
void repeat_to_rgb(const uint16_t* grey, int64_t pixels, uint16_t* rgb);

}  // namespace gantrain
