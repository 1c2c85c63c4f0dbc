#include "image/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/text.h"

#include "image/image_faults.h"
#include "image/image_kinds.h"

namespace gantrain {
namespace {

constexpr size_t kFrameBytes = 12;  // length, type and CRC of a chunk
constexpr size_t kHeaderLength = 13;
constexpr uint32_t kMaximumLength = 0x7fffffff;
constexpr size_t kMaximumPalette = 3 * 256;

struct Chunk {
  uint64_t offset = 0;  // of its length field
  std::string_view type;
  uint32_t length = 0;
  std::string_view content;
  uint32_t crc = 0;
};

std::string at_byte(uint64_t offset) {
  return " at byte " + format_count(static_cast<int64_t>(offset));
}

// Walks over the chunks of a file of which the first bytes are there.
class ChunkWalk {
 public:
  ChunkWalk(std::string_view start, uint64_t file_size) : bytes_(start), file_size_(file_size) {
    if (!kPngSignature.starts_with(start.substr(0, kPngSignature.size()))) {
      damaged("its PNG signature is damaged (a transfer as text does that)");
    }
  }

  // The next chunk without its content, or nothing when it lies beyond the bytes that are there.
  std::optional<Chunk> peek() const {
    if (position_ + kFrameBytes > file_size_) {
      damaged("ends early (after " + format_count(static_cast<int64_t>(file_size_)) +
              " bytes, without an IEND chunk)");
    }
    if (position_ + 8 > bytes_.size()) {
      return std::nullopt;
    }
    Chunk chunk;
    chunk.offset = position_;
    chunk.length = load_big<uint32_t>(bytes_, position_);
    chunk.type = bytes_.substr(position_ + 4, 4);
    check_type(chunk);
    if (chunk.length > kMaximumLength) {
      damaged("impossible length of the " + std::string(chunk.type) + " chunk" +
              at_byte(chunk.offset));
    }
    if (position_ + kFrameBytes + chunk.length > file_size_) {
      damaged("ends early (inside the " + std::string(chunk.type) + " chunk" +
              at_byte(chunk.offset) + ")");
    }
    return chunk;
  }

  void skip(const Chunk& chunk) { position_ += kFrameBytes + chunk.length; }

  // The next chunk with its content.
  std::optional<Chunk> next() {
    std::optional<Chunk> chunk = peek();
    if (!chunk || position_ + kFrameBytes + chunk->length > bytes_.size()) {
      return std::nullopt;
    }
    chunk->content = bytes_.substr(position_ + 8, chunk->length);
    chunk->crc = load_big<uint32_t>(bytes_, position_ + 8 + chunk->length);
    skip(*chunk);
    return chunk;
  }

 private:
  static void check_type(const Chunk& chunk) {
    const bool letters = std::all_of(chunk.type.begin(), chunk.type.end(), [](char byte) {
      return std::isalpha(static_cast<unsigned char>(byte)) != 0 && (byte & 0x80) == 0;
    });
    if (!letters) {
      damaged("no chunk where one should begin" + at_byte(chunk.offset));
    }
  }

  std::string_view bytes_;
  uint64_t file_size_;
  uint64_t position_ = kPngSignature.size();
};

bool is_critical(const Chunk& chunk) {
  return (chunk.type[0] & 0x20) == 0;
}

void check_crc(const Chunk& chunk) {
  const auto* typed = reinterpret_cast<const Bytef*>(chunk.type.data());
  if (crc32_z(0, typed, 4 + chunk.content.size()) != chunk.crc) {
    damaged("CRC mismatch in " + std::string(chunk.type) + at_byte(chunk.offset));
  }
}

bool is_legal(int depth, int colour) {
  switch (colour) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

// IHDR, which comes first.
PngChunks read_ihdr(const Chunk& chunk, const ImageLimits& limits) {
  if (chunk.type == "CgBI") {
    throw ImageError(ImageFault::kUnsupported,
                     "a PNG of Apple's own kind (CgBI) is not supported; convert it with "
                     "pngcrush -revert-iphone-optimizations");
  }
  if (chunk.type != "IHDR" || chunk.content.size() != kHeaderLength) {
    damaged("does not begin with an IHDR chunk of 13 bytes");
  }
  check_crc(chunk);
  PngChunks png;
  png.width = load_big<uint32_t>(chunk.content, 0);
  png.height = load_big<uint32_t>(chunk.content, 4);
  png.depth = static_cast<uint8_t>(chunk.content[8]);
  const int colour = static_cast<uint8_t>(chunk.content[9]);
  if (!is_legal(png.depth, colour)) {
    damaged("its header says colour type " + std::to_string(colour) + " with " +
            std::to_string(png.depth) + " bits, which PNG does not have");
  }
  png.colour = static_cast<PngColour>(colour);
  const int interlace = static_cast<uint8_t>(chunk.content[12]);
  if (chunk.content[10] != 0 || chunk.content[11] != 0 || interlace > 1) {
    damaged("its header names a compression, filter or interlacing that PNG does not have");
  }
  png.interlaced = interlace == 1;
  check_image_size(png.width, png.height, limits);
  return png;
}

void take_palette(const Chunk& chunk, PngChunks& png) {
  const size_t size = chunk.content.size();
  if (!png.palette.empty() || !png.transparency.empty() || !png.data.empty()) {
    damaged("a PLTE chunk in the wrong place" + at_byte(chunk.offset));
  }
  if (size == 0 || size > kMaximumPalette || size % 3 != 0) {
    damaged("a PLTE chunk of " + std::to_string(size) + " bytes" + at_byte(chunk.offset));
  }
  png.palette = chunk.content;
}

// tRNS of images that have an alpha channel already means nothing.
void take_transparency(const Chunk& chunk, PngChunks& png) {
  if (png.colour == PngColour::kGreyAlpha || png.colour == PngColour::kRgba) {
    return;
  }
  check_crc(chunk);
  if (!png.transparency.empty() || !png.data.empty()) {
    damaged("a tRNS chunk in the wrong place" + at_byte(chunk.offset));
  }
  const size_t size = chunk.content.size();
  const bool fits = png.colour == PngColour::kPalette ? size >= 1 && size <= png.palette.size() / 3
                    : png.colour == PngColour::kGrey  ? size == 2
                                                      : size == 6;
  if (!fits) {
    damaged("a tRNS chunk of " + std::to_string(size) + " bytes" + at_byte(chunk.offset));
  }
  png.transparency = chunk.content;
}

void check_palette_is_there(const PngChunks& png) {
  if (png.colour == PngColour::kPalette && png.palette.empty()) {
    damaged("has no PLTE chunk before its pixels");
  }
}

ImageHeader to_header(const PngChunks& png) {
  ImageHeader header;
  header.format = ImageFormat::kPng;
  header.width = png.width;
  header.height = png.height;
  header.channels = png.shown_channels();
  header.bits = png.depth == 16 ? 16 : 8;
  return header;
}

}  // namespace

int64_t PngChunks::samples() const {
  switch (colour) {
    case PngColour::kGrey:
    case PngColour::kPalette:
      return 1;
    case PngColour::kGreyAlpha:
      return 2;
    case PngColour::kRgb:
      return 3;
    case PngColour::kRgba:
      return 4;
  }
  return 0;
}

int64_t PngChunks::shown_channels() const {
  const int64_t plain = colour == PngColour::kPalette ? 3 : samples();
  return plain + (transparency.empty() ? 0 : 1);
}

PngChunks read_png_chunks(std::string_view bytes, const ImageLimits& limits) {
  ChunkWalk walk(bytes, bytes.size());
  PngChunks png = read_ihdr(*walk.next(), limits);
  bool data_ended = false;
  for (;;) {
    const Chunk chunk = *walk.next();
    if (chunk.type != "IDAT" && !png.data.empty()) {
      data_ended = true;
    }
    if (is_critical(chunk)) {
      check_crc(chunk);
    }
    if (chunk.type == "IDAT") {
      check_palette_is_there(png);
      if (data_ended) {
        damaged("its IDAT chunks do not follow each other" + at_byte(chunk.offset));
      }
      png.data.push_back(chunk.content);
    } else if (chunk.type == "PLTE") {
      take_palette(chunk, png);
    } else if (chunk.type == "tRNS") {
      take_transparency(chunk, png);
    } else if (chunk.type == "IEND") {
      break;
    } else if (is_critical(chunk)) {
      damaged("an unexpected " + std::string(chunk.type) + " chunk" + at_byte(chunk.offset));
    }
  }
  if (png.data.empty()) {
    damaged("has no pixels (no IDAT chunk)");
  }
  return png;
}

std::optional<ImageHeader> read_png_header(std::string_view start, uint64_t file_size,
                                           const ImageLimits& limits) {
  ChunkWalk walk(start, file_size);
  std::optional<Chunk> chunk = walk.next();
  if (!chunk) {
    return std::nullopt;
  }
  PngChunks png = read_ihdr(*chunk, limits);
  for (chunk = walk.peek(); chunk; chunk = walk.peek()) {
    if (chunk->type == "IDAT" || chunk->type == "IEND") {
      return to_header(png);
    }
    if (chunk->type != "PLTE" && chunk->type != "tRNS") {
      walk.skip(*chunk);
      continue;
    }
    chunk = walk.next();
    if (!chunk) {
      break;
    }
    if (chunk->type == "PLTE") {
      take_palette(*chunk, png);
    } else {
      take_transparency(*chunk, png);
    }
  }
  return std::nullopt;
}

}  // namespace gantrain
