#pragma once

#include <string>
#include <vector>

#include "gantrain/image/image.h"

namespace gantrain {

enum class JpegScript {
  kBaseline,
  kProgressive,
  kManyScans,  // legal, and one scan for each coefficient and bit
};

struct JpegOptions {
  int quality = 95;
  JpegScript script = JpegScript::kBaseline;
  bool subsampled = true;  // 4:2:0
  bool ycck = false;       // with 4 channels: YCCK in place of CMYK
};

// A JPEG of an image with 1, 3 or 4 (CMYK, inverted as Adobe does) channels.
std::string jpeg_bytes(const Image& image, const JpegOptions& options = {});

// An APP1 segment that holds nothing but the orientation.
std::string exif_segment(int orientation, bool big_endian = true);

// The file with a segment put in behind its first marker.
std::string with_segment(const std::string& jpeg, const std::string& segment);

}  // namespace gantrain
