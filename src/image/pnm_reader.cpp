#include "image/pnm_reader.h"

#include <cctype>
#include <string>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/text.h"

#include "image/image_faults.h"
#include "image/image_kinds.h"

namespace gantrain {
namespace {

constexpr int64_t kLargestMaxval = 65535;

[[noreturn]] void cut() {
  damaged("ends early (inside its header)");
}

// Decimal numbers between white space and comments.
class Tokens {
 public:
  Tokens(std::string_view bytes, size_t position) : bytes_(bytes), position_(position) {}

  // The next number, or nothing at the end of the bytes. A number that the end cuts counts as one.
  std::optional<int64_t> number() {
    skip_space();
    if (position_ >= bytes_.size()) {
      return std::nullopt;
    }
    const size_t start = position_;
    int64_t value = 0;
    while (position_ < bytes_.size() && is_digit(bytes_[position_])) {
      value = value * 10 + (bytes_[position_++] - '0');
      if (position_ - start > 9) {
        damaged("a number of more than 9 digits at byte " + std::to_string(start));
      }
    }
    if (position_ == start) {
      damaged("no number at byte " + format_count(static_cast<int64_t>(start)));
    }
    return value;
  }

  bool at_end() const { return position_ >= bytes_.size(); }
  size_t position() const { return position_; }

 private:
  static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

  void skip_space() {
    while (position_ < bytes_.size()) {
      if (bytes_[position_] == '#') {
        position_ = std::min(bytes_.find_first_of("\r\n", position_), bytes_.size());
      } else if (std::isspace(static_cast<unsigned char>(bytes_[position_])) != 0) {
        ++position_;
      } else {
        return;
      }
    }
  }

  std::string_view bytes_;
  size_t position_;
};

struct PnmInfo {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  int64_t maxval = 0;
  bool text = false;
  size_t pixels_at = 0;

  int bits() const { return maxval > 255 ? 16 : 8; }
  int64_t samples() const { return width * height * channels; }
};

// Nothing when the header is longer than `start`.
std::optional<PnmInfo> read_pnm_info(std::string_view start, uint64_t file_size,
                                     const ImageLimits& limits) {
  const bool whole = start.size() >= file_size;
  PnmInfo info;
  info.text = start[1] == '2' || start[1] == '3';
  info.channels = start[1] == '2' || start[1] == '5' ? 1 : 3;
  Tokens tokens(start, 2);
  for (int64_t* value : {&info.width, &info.height, &info.maxval}) {
    const std::optional<int64_t> number = tokens.number();
    if (!number || tokens.at_end()) {
      if (whole) {
        cut();
      }
      return std::nullopt;
    }
    *value = *number;
  }
  info.pixels_at = tokens.position() + 1;  // exactly one white space
  check_image_size(info.width, info.height, limits);
  if (info.maxval < 1 || info.maxval > kLargestMaxval) {
    damaged("a maxval of " + std::to_string(info.maxval) + " (expected 1 to 65535)");
  }
  // In text a sample takes a digit and a space, in binary its bytes.
  const int64_t least = info.text ? info.samples() * 2 - 1 : info.samples() * (info.bits() / 8);
  if (info.pixels_at + least > file_size) {
    const int64_t row = least / info.height;
    damaged("ends early (after at most " +
            format_count((static_cast<int64_t>(file_size) - static_cast<int64_t>(info.pixels_at)) /
                         std::max<int64_t>(row, 1)) +
            " of " + format_count(info.height) + " rows)");
  }
  return info;
}

// The samples of the file, in order.
class Samples {
 public:
  Samples(std::string_view bytes, const PnmInfo& info)
      : bytes_(bytes), info_(info), tokens_(bytes, info.pixels_at), position_(info.pixels_at) {}

  int64_t next() {
    int64_t value = 0;
    if (info_.text) {
      const std::optional<int64_t> number = tokens_.number();
      if (!number) {
        damaged("ends early (fewer numbers than pixels)");
      }
      value = *number;
    } else if (info_.bits() == 16) {
      value = load_big<uint16_t>(bytes_, position_);
      position_ += 2;
    } else {
      value = static_cast<uint8_t>(bytes_[position_++]);
    }
    if (value > info_.maxval) {
      damaged("a sample of " + std::to_string(value) + ", more than its maxval of " +
              std::to_string(info_.maxval));
    }
    return value;
  }

 private:
  std::string_view bytes_;
  const PnmInfo& info_;
  Tokens tokens_;
  size_t position_;
};

}  // namespace

std::optional<ImageHeader> read_pnm_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits) {
  const std::optional<PnmInfo> info = read_pnm_info(start, file_size, limits);
  if (!info) {
    return std::nullopt;
  }
  ImageHeader header;
  header.format = ImageFormat::kPnm;
  header.width = info->width;
  header.height = info->height;
  header.channels = info->channels;
  header.bits = info->bits();
  return header;
}

Image read_pnm(std::string_view bytes, const ImageLimits& limits) {
  const PnmInfo info = *read_pnm_info(bytes, bytes.size(), limits);
  Image image;
  image.width = info.width;
  image.height = info.height;
  image.channels = info.channels;
  image.bits = info.bits();
  image.pixels.resize(image.height * image.row_bytes());
  Samples samples(bytes, info);
  const int64_t largest = image.bits == 16 ? 65535 : 255;
  for (int64_t i = 0; i < info.samples(); ++i) {
    const int64_t value = (samples.next() * largest * 2 + info.maxval) / (2 * info.maxval);
    if (image.bits == 16) {
      image.samples16()[i] = static_cast<uint16_t>(value);
    } else {
      image.pixels[i] = static_cast<uint8_t>(value);
    }
  }
  return image;
}

}  // namespace gantrain
