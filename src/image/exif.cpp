#include "image/exif.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace gantrain {
namespace {

constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShort = 3;
constexpr size_t kEntryBytes = 12;

// Numbers in a TIFF structure of either byte order.
class TiffNumbers {
 public:
  TiffNumbers(std::string_view bytes, bool big) : bytes_(bytes), big_(big) {}
  bool has(uint64_t offset, uint64_t count) const {
    return offset <= bytes_.size() && bytes_.size() - offset >= count;
  }
  uint32_t at(size_t offset, size_t count) const {
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t place = big_ ? offset + i : offset + count - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes_[place]);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool big_;
};

// For each orientation: whether rows become columns, and then which directions are mirrored.
struct Turn {
  bool transpose;
  bool mirror_x;
  bool mirror_y;
};
constexpr Turn kTurns[] = {{false, false, false}, {false, true, false}, {false, true, true},
                           {false, false, true},  {true, false, false}, {true, true, false},
                           {true, true, true},    {true, false, true}};

template <size_t kBytes>
void turn_pixels(const Image& from, const Turn& turn, Image& to) {
  const int64_t step_x = turn.transpose ? from.row_bytes() : from.pixel_bytes();
  const int64_t step_y = turn.transpose ? from.pixel_bytes() : from.row_bytes();
  uint8_t* out = to.pixels.data();
  for (int64_t y = 0; y < to.height; ++y) {
    const int64_t source_y = turn.mirror_y ? to.height - 1 - y : y;
    const uint8_t* row = from.pixels.data() + source_y * step_y;
    for (int64_t x = 0; x < to.width; ++x, out += kBytes) {
      const int64_t source_x = turn.mirror_x ? to.width - 1 - x : x;
      std::memcpy(out, row + source_x * step_x, kBytes);
    }
  }
}

}  // namespace

int exif_orientation(std::string_view tiff) {
  const bool big = tiff.starts_with("MM");
  if (!big && !tiff.starts_with("II")) {
    return 1;
  }
  const TiffNumbers numbers(tiff, big);
  if (!numbers.has(0, 8) || numbers.at(2, 2) != 42) {
    return 1;
  }
  const size_t directory = numbers.at(4, 4);
  if (!numbers.has(directory, 2)) {
    return 1;
  }
  const size_t entries = numbers.at(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (!numbers.has(entry, kEntryBytes)) {
      return 1;
    }
    if (numbers.at(entry, 2) == kOrientationTag) {
      const uint32_t value = numbers.at(entry + 8, 2);
      const bool sound = numbers.at(entry + 2, 2) == kShort && value >= 1 && value <= 8;
      return sound ? static_cast<int>(value) : 1;
    }
  }
  return 1;
}

Image oriented(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) {
    return image;
  }
  const Turn& turn = kTurns[orientation - 1];
  Image out;
  out.width = turn.transpose ? image.height : image.width;
  out.height = turn.transpose ? image.width : image.height;
  out.channels = image.channels;
  out.bits = image.bits;
  out.pixels.resize(image.pixels.size());
  switch (image.pixel_bytes()) {
    case 1:
      turn_pixels<1>(image, turn, out);
      break;
    case 2:
      turn_pixels<2>(image, turn, out);
      break;
    case 3:
      turn_pixels<3>(image, turn, out);
      break;
    case 4:
      turn_pixels<4>(image, turn, out);
      break;
    case 6:
      turn_pixels<6>(image, turn, out);
      break;
    default:
      turn_pixels<8>(image, turn, out);
      break;
  }
  return out;
}

}  // namespace gantrain
