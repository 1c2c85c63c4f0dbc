#pragma once

#include <string_view>

#include "gantrain/image/image.h"

namespace gantrain {

// The orientation (1 to 8) in a TIFF structure, as an EXIF segment holds it behind "Exif\0\0";
// 1 where there is none or the structure is damaged. Reads the tag 0x0112 of the first directory
// and nothing else.
int exif_orientation(std::string_view tiff);

// The image as a viewer shows it: 2 mirrored, 3 turned by 180 degrees, 4 upside down, 5 transposed,
// 6 turned clockwise by 90 degrees, 7 transposed the other way, 8 turned by 270 degrees.
Image oriented(Image image, int orientation);

inline bool swaps_sides(int orientation) {
  return orientation >= 5;
}

}  // namespace gantrain
