#include "image/bmp_reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "image/image_faults.h"
#include "image/image_kinds.h"

namespace gantrain {
namespace {

constexpr const char* kInsteadOfBmp = "PNG";
constexpr size_t kFileHeader = 14;
constexpr size_t kCoreHeader = 12;  // of OS/2 1.x: 16-bit sizes, palette entries of 3 bytes
constexpr size_t kInfoHeader = 40;
constexpr size_t kMaximumHeader = 124;
constexpr size_t kMasksOffset = kFileHeader + kInfoHeader;

enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kMasks = 3, kMasksWithAlpha = 6 };

// One sample inside a pixel of 16 or 32 bits.
struct Mask {
  uint32_t bits = 0;

  bool is_sound() const {
    const uint32_t run = bits >> std::countr_zero(bits | 0x80000000u);
    return bits == 0 || (run & (run + 1)) == 0;
  }
  // 0..255; truncated, as Pillow does.
  uint8_t sample(uint32_t pixel) const {
    if (bits == 0) {
      return 0;
    }
    const int shift = std::countr_zero(bits);
    const uint64_t largest = bits >> shift;
    return static_cast<uint8_t>(((pixel & bits) >> shift) * uint64_t{255} / largest);
  }
};

struct BmpInfo {
  int64_t width = 0;
  int64_t height = 0;
  bool top_down = false;
  int depth = 0;  // bits of a pixel: 1, 4, 8, 16, 24 or 32
  uint32_t pixels_at = 0;
  std::array<Mask, 4> masks;  // red, green, blue, alpha
  size_t palette_at = 0;
  size_t palette_entry = 4;  // bytes
  size_t palette_size = 0;   // entries
  bool grey_palette = false;

  int64_t stride() const { return (width * depth + 31) / 32 * 4; }
  int64_t channels() const { return depth <= 8 ? (grey_palette ? 1 : 3) : masks[3].bits ? 4 : 3; }
};

void check_depth(int depth, uint32_t compression) {
  if (compression == kRle8 || compression == kRle4) {
    unsupported("a run-length-coded BMP", kInsteadOfBmp);
  }
  if (compression != kPlain && compression != kMasks && compression != kMasksWithAlpha) {
    unsupported("a BMP of compression " + std::to_string(compression), kInsteadOfBmp);
  }
  const bool masked = compression != kPlain;
  const bool known =
      masked ? depth == 16 || depth == 32
             : depth == 1 || depth == 4 || depth == 8 || depth == 16 || depth == 24 || depth == 32;
  if (!known) {
    damaged("its header says " + std::to_string(depth) + " bits a pixel, which BMP does not have");
  }
}

bool has_alpha_mask(uint32_t compression, size_t header_bytes) {
  return compression == kMasksWithAlpha || header_bytes >= kInfoHeader + 16;
}

void read_masks(std::string_view start, uint32_t compression, size_t header_bytes, BmpInfo& info) {
  if (compression == kPlain) {
    info.masks = info.depth == 16 ? std::array<Mask, 4>{{{0x7c00}, {0x03e0}, {0x001f}, {0}}}
                                  : std::array<Mask, 4>{{{0xff0000}, {0xff00}, {0xff}, {0}}};
    return;
  }
  const size_t count = has_alpha_mask(compression, header_bytes) ? 4 : 3;
  for (size_t i = 0; i < count; ++i) {
    info.masks[i].bits = load_little<uint32_t>(start.data() + kMasksOffset + 4 * i);
    if (!info.masks[i].is_sound()) {
      damaged("a colour mask with gaps");
    }
  }
}

void read_sizes(std::string_view start, size_t header_bytes, BmpInfo& info, uint32_t& compression,
                uint32_t& colours) {
  const char* header = start.data() + kFileHeader;
  compression = kPlain;
  colours = 0;
  if (header_bytes == kCoreHeader) {
    info.width = load_little<uint16_t>(header + 4);
    info.height = load_little<uint16_t>(header + 6);
    info.depth = load_little<uint16_t>(header + 10);
    info.palette_entry = 3;
    return;
  }
  info.width = load_little<int32_t>(header + 4);
  const int64_t height = load_little<int32_t>(header + 8);
  info.top_down = height < 0;
  info.height = info.top_down ? -height : height;
  info.depth = load_little<uint16_t>(header + 14);
  compression = load_little<uint32_t>(header + 16);
  colours = load_little<uint32_t>(header + 32);
}

// Nothing when the palette lies beyond `start`.
std::optional<BmpInfo> read_bmp_info(std::string_view start, uint64_t file_size,
                                     const ImageLimits& limits) {
  const auto need = [&](size_t end) {
    if (end > file_size) {
      damaged("ends early (after " + format_count(static_cast<int64_t>(file_size)) +
              " bytes, inside its header)");
    }
    return end <= start.size();
  };
  if (!need(kFileHeader + 4)) {
    return std::nullopt;
  }
  const size_t header_bytes = load_little<uint32_t>(start.data() + kFileHeader);
  if (header_bytes != kCoreHeader &&
      (header_bytes < kInfoHeader || header_bytes > kMaximumHeader)) {
    damaged("a BMP header of " + std::to_string(header_bytes) + " bytes");
  }
  if (!need(kFileHeader + header_bytes)) {
    return std::nullopt;
  }
  BmpInfo info;
  uint32_t compression = 0;
  uint32_t colours = 0;
  read_sizes(start, header_bytes, info, compression, colours);
  check_image_size(info.width, info.height, limits);
  check_depth(info.depth, compression);
  if (compression != kPlain &&
      !need(kMasksOffset + (has_alpha_mask(compression, header_bytes) ? 16 : 12))) {
    return std::nullopt;
  }
  if (info.depth > 8) {
    read_masks(start, compression, header_bytes, info);
  }
  info.pixels_at = load_little<uint32_t>(start.data() + 10);
  if (info.depth <= 8) {
    const uint32_t largest = 1u << info.depth;
    info.palette_at = kFileHeader + header_bytes;
    info.palette_size = colours == 0 ? largest : std::min(colours, largest);
    const size_t end = info.palette_at + info.palette_size * info.palette_entry;
    if (!need(end)) {
      return std::nullopt;
    }
    info.grey_palette = true;
    for (size_t at = info.palette_at; at < end; at += info.palette_entry) {
      info.grey_palette =
          info.grey_palette && start[at] == start[at + 1] && start[at] == start[at + 2];
    }
  }
  const uint64_t end = info.pixels_at + static_cast<uint64_t>(info.stride() * info.height);
  if (end > file_size) {
    const int64_t there = static_cast<int64_t>(file_size) - info.pixels_at;
    damaged("ends early (after " + format_count(std::max<int64_t>(0, there) / info.stride()) +
            " of " + format_count(info.height) + " rows)");
  }
  return info;
}

void read_palette_row(std::string_view bytes, const BmpInfo& info, const char* row, uint8_t* out) {
  for (int64_t x = 0; x < info.width; ++x) {
    const int64_t bit = x * info.depth;
    const int byte = static_cast<uint8_t>(row[bit / 8]);
    const size_t index = byte >> (8 - info.depth - bit % 8) & ((1 << info.depth) - 1);
    if (index >= info.palette_size) {
      damaged("colour " + std::to_string(index) + " of a palette that has " +
              std::to_string(info.palette_size));
    }
    const char* entry = bytes.data() + info.palette_at + index * info.palette_entry;
    for (int64_t c = info.channels() - 1; c >= 0; --c) {
      *out++ = static_cast<uint8_t>(entry[c]);
    }
  }
}

void read_direct_row(const BmpInfo& info, const char* row, uint8_t* out) {
  const int64_t channels = info.channels();
  for (int64_t x = 0; x < info.width; ++x) {
    uint32_t pixel = 0;
    for (int i = info.depth / 8 - 1; i >= 0; --i) {
      pixel = pixel << 8 | static_cast<uint8_t>(row[x * info.depth / 8 + i]);
    }
    for (int64_t c = 0; c < channels; ++c) {
      *out++ = info.masks[c].sample(pixel);
    }
  }
}

}  // namespace

std::optional<ImageHeader> read_bmp_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits) {
  const std::optional<BmpInfo> info = read_bmp_info(start, file_size, limits);
  if (!info) {
    return std::nullopt;
  }
  ImageHeader header;
  header.format = ImageFormat::kBmp;
  header.width = info->width;
  header.height = info->height;
  header.channels = info->channels();
  return header;
}

Image read_bmp(std::string_view bytes, const ImageLimits& limits) {
  const BmpInfo info = *read_bmp_info(bytes, bytes.size(), limits);
  Image image;
  image.width = info.width;
  image.height = info.height;
  image.channels = info.channels();
  image.pixels.resize(image.height * image.row_bytes());
  for (int64_t y = 0; y < info.height; ++y) {
    const int64_t stored = info.top_down ? y : info.height - 1 - y;
    const char* row = bytes.data() + info.pixels_at + stored * info.stride();
    uint8_t* out = image.pixels.data() + y * image.row_bytes();
    if (info.depth <= 8) {
      read_palette_row(bytes, info, row, out);
    } else {
      read_direct_row(info, row, out);
    }
  }
  return image;
}

}  // namespace gantrain
