#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "gantrain/core/big_endian.h"
#include "gantrain/image/decode.h"

namespace gantrain {

// Image files made by the tests, sound and unsound.

inline std::string zlib_bytes(const std::string& raw, int level = 6) {
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
            static_cast<uLong>(raw.size()), level);
  out.resize(size);
  return out;
}

inline std::string png_chunk(const std::string& type, const std::string& content) {
  std::string typed = type + content;
  std::string out;
  append_big(out, static_cast<uint32_t>(content.size()));
  out += typed;
  append_big(out, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(typed.data()),
                                              static_cast<uInt>(typed.size()))));
  return out;
}

inline const std::string kPngSignature("\x89PNG\r\n\x1a\n", 8);

inline std::string png_ihdr(uint32_t width, uint32_t height, int depth, int colour,
                            bool interlaced = false) {
  std::string content;
  append_big(content, width);
  append_big(content, height);
  content += {static_cast<char>(depth), static_cast<char>(colour), '\0', '\0',
              static_cast<char>(interlaced)};
  return png_chunk("IHDR", content);
}

// A PNG of rows as they are stored: a filter byte and the packed samples each. `before`: chunks
// between IHDR and IDAT.
inline std::string png_file(uint32_t width, uint32_t height, int depth, int colour,
                            const std::string& rows, const std::string& before = "",
                            bool interlaced = false) {
  return kPngSignature + png_ihdr(width, height, depth, colour, interlaced) + before +
         png_chunk("IDAT", zlib_bytes(rows)) + png_chunk("IEND", "");
}

// The message of the ImageError that decoding throws, which must be of `fault`.
inline std::string decode_error(ImageFault fault, std::string_view bytes,
                                const ImageLimits& limits = {}) {
  try {
    decode_image(bytes, limits);
  } catch (const ImageError& error) {
    EXPECT_EQ(image_fault_name(error.fault()), std::string(image_fault_name(fault)))
        << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

// Numbers that look random, the same everywhere.
class Noise {
 public:
  explicit Noise(uint32_t seed) : state_(seed * 2654435761u + 1) {}
  uint32_t next(uint32_t below) {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 8) % below;
  }

 private:
  uint32_t state_;
};

// Smooth in places, noisy in others.
inline Image patterned_image(int64_t width, int64_t height, int64_t channels, int bits = 8) {
  Image image{width, height, channels, {}, bits};
  image.pixels.resize(image.height * image.row_bytes());
  Noise noise(static_cast<uint32_t>(width * 31 + height * 7 + channels));
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < image.row_bytes(); ++x) {
      image.pixels[y * image.row_bytes() + x] =
          static_cast<uint8_t>(y % 3 == 2 ? noise.next(256) : 3 * x + 5 * y);
    }
  }
  return image;
}

}  // namespace gantrain
