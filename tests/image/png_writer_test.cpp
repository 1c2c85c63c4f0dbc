#include "gantrain/image/png_writer.h"

#include <zlib.h>

#include <memory>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"

#include "support/temporary_folder.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>

namespace gantrain {
namespace {

// Another reader than ours.
Image decode(const std::string& bytes) {
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const auto size = static_cast<int>(bytes.size());
  const int sample_bytes = stbi_is_16_bit_from_memory(data, size) != 0 ? 2 : 1;
  int width = 0;
  int height = 0;
  int channels = 0;
  void* loaded = nullptr;
  if (sample_bytes == 2) {
    loaded = stbi_load_16_from_memory(data, size, &width, &height, &channels, 0);
  } else {
    loaded = stbi_load_from_memory(data, size, &width, &height, &channels, 0);
  }
  const std::unique_ptr<void, void (*)(void*)> pixels(loaded, stbi_image_free);
  if (pixels == nullptr) {
    ADD_FAILURE() << stbi_failure_reason();
    return {};
  }
  const auto* first = static_cast<const uint8_t*>(pixels.get());
  return {width,
          height,
          channels,
          {first, first + width * height * channels * sample_bytes},
          8 * sample_bytes};
}

// Smooth in places, noisy in others, so that every row filter wins somewhere.
Image patterned(int64_t width, int64_t height, int64_t channels, int bits = 8) {
  Image image{width, height, channels, {}, bits};
  uint32_t noise = 1;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < image.row_bytes(); ++x) {
      noise = noise * 1664525 + 1013904223;
      const int64_t smooth = y % 5 == 0   ? 0
                             : y % 5 == 1 ? 3 * x
                             : y % 5 == 2 ? 7 * y
                                          : 2 * x + 5 * y;
      image.pixels.push_back(static_cast<uint8_t>(y % 5 == 4 ? noise >> 24 : smooth));
    }
  }
  return image;
}

struct Chunk {
  std::string type;
  std::string content;
};

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return value;
}

// stb_image checks no CRC, so this does.
std::vector<Chunk> chunks_of(const std::string& png) {
  std::vector<Chunk> chunks;
  for (size_t at = 8; at + 12 <= png.size();) {
    const size_t length = big_endian(png, at);
    const auto* typed = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    EXPECT_EQ(big_endian(png, at + 8 + length), crc32(0, typed, static_cast<uInt>(length + 4)));
    chunks.push_back({png.substr(at + 4, 4), png.substr(at + 8, length)});
    at += length + 12;
  }
  return chunks;
}

TEST(PngWriter, DecodesToTheSamePixels) {
  for (const int bits : {8, 16}) {
    for (const int64_t channels : {1, 2, 3, 4}) {
      for (const auto& [width, height] :
           {std::pair{1, 1}, std::pair{7, 1}, std::pair{1, 7}, std::pair{61, 43}}) {
        const Image image = patterned(width, height, channels, bits);
        const Image decoded = decode(encode_png(image));
        EXPECT_EQ(decoded.width, width);
        EXPECT_EQ(decoded.height, height);
        EXPECT_EQ(decoded.channels, channels);
        EXPECT_EQ(decoded.bits, bits);
        EXPECT_EQ(decoded.pixels, image.pixels) << width << "x" << height << "x" << channels;
      }
    }
  }
}

TEST(PngWriter, UsesSeveralFilters) {
  const Image image = patterned(61, 43, 3);
  const std::string compressed = chunks_of(encode_png(image))[1].content;
  std::string rows(43 * (61 * 3 + 1), '\0');
  uLongf size = static_cast<uLongf>(rows.size());
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(compressed.data()),
                       static_cast<uLong>(compressed.size())),
            Z_OK);
  ASSERT_EQ(size, rows.size());
  std::vector<int> used(5);
  for (size_t row = 0; row < 43; ++row) {
    ++used.at(static_cast<size_t>(rows[row * (61 * 3 + 1)]));
  }
  for (const int filter : {1, 2, 4}) {
    EXPECT_GT(used[filter], 0) << "filter " << filter;
  }
}

TEST(PngWriter, IsWellFormedAndDeterministic) {
  const Image image = patterned(20, 10, 3);
  const std::string png = encode_png(image, "made for a test");
  EXPECT_EQ(png, encode_png(image, "made for a test"));
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  const std::vector<Chunk> chunks = chunks_of(png);
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks[0].type, "IHDR");
  EXPECT_EQ(chunks[1].type, "tEXt");
  EXPECT_EQ(chunks[1].content, std::string("Description\0made for a test", 27));
  EXPECT_EQ(chunks[2].type, "IDAT");
  EXPECT_EQ(chunks[3].type, "IEND");
}

TEST(PngWriter, WritesTextBeyondAsciiAsUtf8) {
  const std::vector<Chunk> chunks = chunks_of(encode_png(patterned(2, 2, 1), "größer"));
  EXPECT_EQ(chunks[1].type, "iTXt");
  EXPECT_EQ(chunks[1].content, std::string("Description\0\0\0\0\0", 16) + "größer");
}

TEST(PngWriter, CompressesWhatIsSmooth) {
  EXPECT_LT(encode_png(Image{256, 256, 3, std::vector<uint8_t>(256 * 256 * 3, 200)}).size(), 1500u);
}

TEST(PngWriter, WritesTheFileWhole) {
  const TemporaryFolder folder;
  const Image image = patterned(5, 4, 3);
  write_png(folder / "a.png", image);
  EXPECT_EQ(read_file(folder / "a.png", ErrorKind::kData, 10'000), encode_png(image));
  EXPECT_THROW(write_png(folder / "missing" / "a.png", image), Error);
}

TEST(PngWriter, RefusesWhatIsNoImage) {
  EXPECT_THROW(encode_png({2, 2, 1, std::vector<uint8_t>(3)}), Error);
  EXPECT_THROW(encode_png({2, 2, 5, std::vector<uint8_t>(20)}), Error);
  EXPECT_THROW(encode_png({2, 2, 1, std::vector<uint8_t>(4), 16}), Error);
  EXPECT_THROW(encode_png({2, 2, 1, std::vector<uint8_t>(2), 4}), Error);
  EXPECT_THROW(encode_png({0, 2, 1, {}}), Error);
}

}  // namespace
}  // namespace gantrain
