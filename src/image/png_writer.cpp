#include "gantrain/image/png_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/durable_file.h"
#include "gantrain/core/error.h"

#include "image/paeth.h"
#include "image/png_chunks.h"

namespace gantrain {
namespace {

constexpr int kCompressionLevel = 6;

void append_chunk(std::string& out, std::string_view type, std::string_view content) {
  append_big(out, static_cast<uint32_t>(content.size()));
  const size_t start = out.size();
  out.append(type).append(content);
  append_big(out, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(out.data() + start),
                                              static_cast<uInt>(out.size() - start))));
}

uint8_t color_type(int64_t channels) {
  switch (channels) {
    case 1:
      return 0;
    case 2:
      return 4;
    case 3:
      return 2;
    case 4:
      return 6;
    default:
      throw Error(ErrorKind::kInternal, "encode_png: an image has 1 to 4 channels, got " +
                                            std::to_string(channels) + ".");
  }
}

std::string header(const Image& image) {
  std::string content;
  append_big(content, static_cast<uint32_t>(image.width));
  append_big(content, static_cast<uint32_t>(image.height));
  content.push_back(static_cast<char>(image.bits));
  content.push_back(static_cast<char>(color_type(image.channels)));
  content.append(3, '\0');  // deflate, adaptive filters, not interlaced
  return content;
}

// What filter `type` (0 none, 1 sub, 2 up, 3 average, 4 Paeth) makes of one byte.
uint8_t filtered(int type, int value, int left, int up, int up_left) {
  const int predictions[] = {0, left, up, (left + up) / 2, 0};
  return static_cast<uint8_t>(value - (type == 4 ? paeth(left, up, up_left) : predictions[type]));
}

// Every row as PNG stores it: the filter's number, then the filtered bytes.
std::string filter_rows(const Image& image, const std::vector<uint8_t>& pixels) {
  constexpr int kFilters = 5;
  const int64_t step = image.pixel_bytes();
  const int64_t row_bytes = image.row_bytes();
  const std::vector<uint8_t> zeros(row_bytes, 0);
  std::array<std::string, kFilters> candidates;
  std::string out;
  out.reserve(static_cast<size_t>(image.height * (row_bytes + 1)));
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* row = pixels.data() + y * row_bytes;
    const uint8_t* above = y > 0 ? row - row_bytes : zeros.data();
    int best = 0;
    int64_t best_sum = std::numeric_limits<int64_t>::max();
    for (int type = 0; type < kFilters; ++type) {
      std::string& candidate = candidates[type];
      candidate.resize(row_bytes);
      int64_t sum = 0;
      for (int64_t x = 0; x < row_bytes; ++x) {
        const int left = x >= step ? row[x - step] : 0;
        const int up_left = x >= step ? above[x - step] : 0;
        const uint8_t byte = filtered(type, row[x], left, above[x], up_left);
        candidate[x] = static_cast<char>(byte);
        sum += std::min<int>(byte, 256 - byte);
      }
      if (sum < best_sum) {
        best = type;
        best_sum = sum;
      }
    }
    out.push_back(static_cast<char>(best));
    out += candidates[best];
  }
  return out;
}

// 16-bit samples with the high byte first, as PNG has them.
std::vector<uint8_t> big_endian_samples(const Image& image) {
  std::vector<uint8_t> bytes(image.pixels.size());
  for (size_t i = 0; i < bytes.size() / 2; ++i) {
    const uint16_t sample = image.samples16()[i];
    bytes[2 * i] = static_cast<uint8_t>(sample >> 8);
    bytes[2 * i + 1] = static_cast<uint8_t>(sample & 0xff);
  }
  return bytes;
}

std::string filter_rows(const Image& image) {
  return image.bits == 16 ? filter_rows(image, big_endian_samples(image))
                          : filter_rows(image, image.pixels);
}

std::string deflate(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                kCompressionLevel) != Z_OK) {
    throw Error(ErrorKind::kMemory, "Not enough memory to compress a picture.");
  }
  out.resize(size);
  return out;
}

// tEXt is Latin-1; anything beyond ASCII goes into iTXt, which is UTF-8.
void append_description(std::string& out, const std::string& text) {
  const std::string keyword = std::string("Description") + '\0';
  const bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
  if (ascii) {
    append_chunk(out, "tEXt", keyword + text);
  } else {
    append_chunk(out, "iTXt", keyword + std::string(4, '\0') + text);
  }
}

void check(const Image& image) {
  constexpr int64_t kMaximumSide = 1 << 24;
  const bool sides_fit = image.width > 0 && image.width <= kMaximumSide && image.height > 0 &&
                         image.height <= kMaximumSide;
  const bool bits_fit = image.bits == 8 || image.bits == 16;
  if (!sides_fit || !bits_fit ||
      static_cast<int64_t>(image.pixels.size()) != image.height * image.row_bytes()) {
    throw Error(ErrorKind::kInternal, "encode_png: " + std::to_string(image.pixels.size()) +
                                          " bytes are no image of " + std::to_string(image.width) +
                                          "x" + std::to_string(image.height) + "x" +
                                          std::to_string(image.channels) + " with " +
                                          std::to_string(image.bits) + " bits.");
  }
}

// Chunks hold at most 2^31 - 1 bytes; viewers like them smaller.
void append_pixels(std::string& out, const std::string& compressed) {
  constexpr size_t kPiece = size_t{1} << 24;
  for (size_t start = 0; start < compressed.size(); start += kPiece) {
    append_chunk(out, "IDAT", std::string_view(compressed).substr(start, kPiece));
  }
}

}  // namespace

std::string encode_png(const Image& image, const std::string& text) {
  check(image);
  std::string out(kPngSignature);
  append_chunk(out, "IHDR", header(image));
  if (!text.empty()) {
    append_description(out, text);
  }
  append_pixels(out, deflate(filter_rows(image)));
  append_chunk(out, "IEND", "");
  return out;
}

void write_png(const std::filesystem::path& path, const Image& image, const std::string& text) {
  const std::string bytes = encode_png(image, text);
  DurableFile file(path, bytes.size(), DurableFile::Flush::kLeaveToSystem);
  file.write(bytes);
  file.commit();
}

}  // namespace gantrain
