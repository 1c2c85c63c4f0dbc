#include "fuzz/image_target.h"

#include <zlib.h>

#include <cstdlib>
#include <string>

#include "gantrain/core/big_endian.h"
#include "gantrain/image/decode.h"
#include "gantrain/image/png_writer.h"

namespace gantrain {
namespace {

constexpr ImageLimits kLimits{20'000};  // small images, many executions

// The image, checked against what its header says; nothing when it is refused.
Image decode_checked(std::string_view bytes) {
  Image image;
  try {
    image = decode_image(bytes, kLimits);
  } catch (const ImageError&) {
    try {
      read_image_header(bytes, bytes.size(), kLimits);
    } catch (const ImageError&) {
    }
    return {};
  }
  const auto header = read_image_header(bytes, bytes.size(), kLimits);
  if (!header || header->width != image.width || header->height != image.height ||
      header->channels != image.channels || header->bits != image.bits ||
      static_cast<int64_t>(image.pixels.size()) != image.height * image.row_bytes()) {
    std::abort();
  }
  return image;
}

std::string with_right_checksums(std::string png) {
  constexpr size_t kSignature = 8;
  constexpr size_t kFrame = 12;
  for (size_t at = kSignature; at + kFrame <= png.size();) {
    const size_t length = load_big<uint32_t>(png, at);
    if (length > png.size() - at - kFrame) {
      break;
    }
    const auto* typed = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    std::string crc;
    append_big(crc, static_cast<uint32_t>(crc32_z(0, typed, length + 4)));
    png.replace(at + 8 + length, 4, crc);
    at += kFrame + length;
  }
  return png;
}

void check_png(std::string_view bytes) {
  const Image image = decode_checked(bytes);
  if (image.pixels.size() > 0 && image.pixels.size() < 10'000 &&
      decode_image(encode_png(image)).pixels != image.pixels) {
    std::abort();
  }
}

}  // namespace

void fuzz_png(std::string_view bytes) {
  check_png(bytes);
  check_png(with_right_checksums(std::string(bytes)));
}

void fuzz_image(std::string_view bytes) {
  decode_checked(bytes);
}

}  // namespace gantrain
