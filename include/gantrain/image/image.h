#pragma once

#include <cstdint>
#include <vector>

namespace gantrain {

// An image in memory: interleaved rows without gaps. Channels: 1 = grey, 2 = grey and alpha,
// 3 = RGB, 4 = RGBA; alpha is not premultiplied, its full value is opaque. A sample takes one byte
// (0 to 255) or, with bits = 16, two in machine order (0 to 65535).
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  std::vector<uint8_t> pixels;  // height * row_bytes()
  int bits = 8;                 // 8 or 16

  int64_t sample_bytes() const { return bits / 8; }
  int64_t pixel_bytes() const { return channels * sample_bytes(); }
  int64_t row_bytes() const { return width * pixel_bytes(); }
  bool has_alpha() const { return channels == 2 || channels == 4; }

  // The samples of an image with bits = 16.
  uint16_t* samples16() { return reinterpret_cast<uint16_t*>(pixels.data()); }
  const uint16_t* samples16() const { return reinterpret_cast<const uint16_t*>(pixels.data()); }
};

}  // namespace gantrain
