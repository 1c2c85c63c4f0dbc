#include "gantrain/core/big_endian.h"
#include "gantrain/core/text.h"

#include "image/exif.h"
#include "image/image_faults.h"
#include "image/image_kinds.h"
#include "image/jpeg_reader.h"

namespace gantrain {
namespace {

constexpr const char* kInsteadOfJpeg = "a baseline JPEG or a PNG";
using namespace std::string_view_literals;

constexpr uint8_t kApp1 = 0xe1;
constexpr uint8_t kScan = 0xda;
constexpr uint8_t kEnd = 0xd9;
constexpr std::string_view kExif = "Exif\0\0"sv;
constexpr size_t kFrameHeader = 6;  // precision, height, width, components

bool is_frame(uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool stands_alone(uint8_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

void check_kind(uint8_t marker, int precision) {
  switch (marker) {
    case 0xc0:
    case 0xc1:
    case 0xc2:
      break;
    case 0xc3:
      unsupported("a lossless JPEG", kInsteadOfJpeg);
    case 0xc9:
    case 0xca:
      unsupported("an arithmetic-coded JPEG", kInsteadOfJpeg);
    case 0xcb:
      unsupported("a lossless, arithmetic-coded JPEG", kInsteadOfJpeg);
    default:
      unsupported("a hierarchical JPEG", kInsteadOfJpeg);
  }
  if (precision != 8) {
    unsupported("a JPEG with " + std::to_string(precision) + " bits", kInsteadOfJpeg);
  }
}

ImageHeader read_frame(uint8_t marker, std::string_view content, int orientation,
                       const ImageLimits& limits) {
  if (content.size() < kFrameHeader) {
    damaged("a frame header of " + std::to_string(content.size()) + " bytes");
  }
  check_kind(marker, static_cast<uint8_t>(content[0]));
  ImageHeader header;
  header.format = ImageFormat::kJpeg;
  header.height = load_big<uint16_t>(content, 1);
  header.width = load_big<uint16_t>(content, 3);
  const int components = static_cast<uint8_t>(content[5]);
  if (header.height == 0 && header.width > 0) {
    unsupported("a JPEG that tells its height only after its pixels (DNL)", kInsteadOfJpeg);
  }
  if (components != 1 && components != 3 && components != 4) {
    unsupported("a JPEG with " + std::to_string(components) + " components", kInsteadOfJpeg);
  }
  if (content.size() < kFrameHeader + 3 * static_cast<size_t>(components)) {
    damaged("a frame header of " + std::to_string(content.size()) + " bytes");
  }
  check_image_size(header.width, header.height, limits);
  header.channels = components == 1 ? 1 : 3;
  header.cmyk = components == 4;
  header.orientation = orientation;
  if (swaps_sides(orientation)) {
    std::swap(header.width, header.height);
  }
  return header;
}

}  // namespace

std::optional<ImageHeader> read_jpeg_header(std::string_view start, uint64_t file_size,
                                            const ImageLimits& limits) {
  const auto need = [&](uint64_t end) {
    if (end > file_size) {
      damaged("ends early (after " + format_count(static_cast<int64_t>(file_size)) +
              " bytes, before its frame header)");
    }
    return end <= start.size();
  };
  int orientation = 1;
  bool has_exif = false;
  uint64_t position = 2;
  for (;;) {
    if (!need(position + 2)) {
      return std::nullopt;
    }
    if (start[position] != '\xff') {
      damaged("no JPEG marker where one should begin at byte " +
              format_count(static_cast<int64_t>(position)));
    }
    const auto marker = static_cast<uint8_t>(start[position + 1]);
    if (marker == 0xff) {
      ++position;  // fill byte
      continue;
    }
    position += 2;
    if (stands_alone(marker)) {
      continue;
    }
    if (marker == kScan || marker == kEnd || marker == 0) {
      damaged("has no frame header");
    }
    if (!need(position + 2)) {
      return std::nullopt;
    }
    const size_t length = load_big<uint16_t>(start, position);
    if (length < 2) {
      damaged("impossible length of a segment at byte " +
              format_count(static_cast<int64_t>(position)));
    }
    if (!need(position + length)) {
      return std::nullopt;
    }
    const std::string_view content = start.substr(position + 2, length - 2);
    position += length;
    if (marker == kApp1 && !has_exif && content.starts_with(kExif)) {
      has_exif = true;
      orientation = exif_orientation(content.substr(kExif.size()));
    } else if (is_frame(marker)) {
      return read_frame(marker, content, orientation, limits);
    }
  }
}

}  // namespace gantrain
