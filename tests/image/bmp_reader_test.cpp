#include "gantrain/core/little_endian.h"

#include "image/image_bytes.h"

namespace gantrain {
namespace {

struct BmpParts {
  int32_t width = 2;
  int32_t height = 2;
  uint16_t depth = 24;
  uint32_t compression = 0;
  uint32_t colours = 0;
  std::string behind_header = {};  // masks or palette
  std::string rows = {};
  uint32_t header = 40;
};

std::string bmp(const BmpParts& parts) {
  std::string info;
  append_little(info, parts.header);
  append_little(info, parts.width);
  append_little(info, parts.height);
  append_little(info, uint16_t{1});
  append_little(info, parts.depth);
  append_little(info, parts.compression);
  append_little(info, uint32_t{0});
  append_little(info, uint64_t{0});
  append_little(info, parts.colours);
  append_little(info, uint32_t{0});
  info += parts.behind_header;
  std::string file = "BM";
  append_little(file, static_cast<uint32_t>(14 + info.size() + parts.rows.size()));
  append_little(file, uint32_t{0});
  append_little(file, static_cast<uint32_t>(14 + info.size()));
  return file + info + parts.rows;
}

std::string words(const std::vector<uint32_t>& values) {
  std::string bytes;
  for (const uint32_t value : values) {
    append_little(bytes, value);
  }
  return bytes;
}

using Bytes = std::vector<uint8_t>;

TEST(BmpReader, Reads24BitsFromBelow) {
  const std::string bytes = bmp({.rows = std::string("\1\2\3\4\5\6\0\0\7\10\11\12\13\14\0\0", 16)});
  const Image image = decode_image(bytes);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (Bytes{9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4}));
  const ImageHeader header = read_image_header(bytes, bytes.size()).value();
  EXPECT_EQ(header.width, 2);
  EXPECT_EQ(header.height, 2);
}

TEST(BmpReader, ReadsRowsFromAboveWhenTheHeightIsNegative) {
  EXPECT_EQ(
      decode_image(bmp({.width = 1, .height = -2, .rows = std::string("\1\2\3\0\4\5\6\0", 8)}))
          .pixels,
      (Bytes{3, 2, 1, 6, 5, 4}));
}

TEST(BmpReader, Reads32BitsWithoutAlpha) {
  EXPECT_EQ(decode_image(bmp({.width = 1, .height = 1, .depth = 32, .rows = "\1\2\3\4"})).pixels,
            (Bytes{3, 2, 1}));
}

TEST(BmpReader, ReadsMasks) {
  const std::string masks = words({0xff, 0xff00, 0xff0000, 0xff000000});
  const Image image = decode_image(bmp({.width = 1,
                                        .height = 1,
                                        .depth = 32,
                                        .compression = 3,
                                        .behind_header = masks,
                                        .rows = "\1\2\3\4",
                                        .header = 56}));
  EXPECT_EQ(image.channels, 4);
  EXPECT_EQ(image.pixels, (Bytes{1, 2, 3, 4}));
  // 5-6-5 and 5-5-5.
  EXPECT_EQ(decode_image(bmp({.width = 2,
                              .height = 1,
                              .depth = 16,
                              .compression = 3,
                              .behind_header = words({0xf800, 0x07e0, 0x001f}),
                              .rows = std::string("\xff\xff\x00\x80", 4)}))
                .pixels,
            (Bytes{255, 255, 255, 131, 0, 0}));
  EXPECT_EQ(
      decode_image(
          bmp({.width = 2, .height = 1, .depth = 16, .rows = std::string("\xff\x7f\x10\x00", 4)}))
          .pixels,
      (Bytes{255, 255, 255, 0, 0, 131}));
  EXPECT_EQ(
      decode_error(ImageFault::kDamaged, bmp({.width = 1,
                                              .height = 1,
                                              .depth = 32,
                                              .compression = 3,
                                              .behind_header = words({0xf0f, 0xff00, 0xff0000}),
                                              .rows = "abcd"})),
      "a colour mask with gaps");
}

TEST(BmpReader, ReadsPalettes) {
  const std::string colours = words({0x010203, 0x0a0b0c, 0x111213});
  const auto read = [&](uint16_t depth, const std::string& row) {
    return decode_image(bmp({.width = 3,
                             .height = 1,
                             .depth = depth,
                             .colours = 3,
                             .behind_header = colours,
                             .rows = row}))
        .pixels;
  };
  const Bytes expected = {10, 11, 12, 1, 2, 3, 10, 11, 12};
  EXPECT_EQ(read(1, std::string("\xa0\0\0\0", 4)), expected);
  EXPECT_EQ(read(4, std::string("\x10\x10\0\0", 4)), expected);
  EXPECT_EQ(read(8, std::string("\1\0\1\0", 4)), expected);
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bmp({.width = 1,
                                                    .height = 1,
                                                    .depth = 8,
                                                    .colours = 3,
                                                    .behind_header = colours,
                                                    .rows = std::string("\3\0\0\0", 4)})),
            "colour 3 of a palette that has 3");
}

TEST(BmpReader, ReadsAGreyPaletteAsGrey) {
  const std::string bytes = bmp({.width = 2,
                                 .height = 1,
                                 .depth = 8,
                                 .colours = 2,
                                 .behind_header = words({0x808080, 0x202020}),
                                 .rows = std::string("\1\0\0\0", 4)});
  EXPECT_EQ(decode_image(bytes).pixels, (Bytes{0x20, 0x80}));
  EXPECT_EQ(read_image_header(bytes, bytes.size())->channels, 1);
}

TEST(BmpReader, ReadsTheOldHeader) {
  std::string bytes = "BM";
  append_little(bytes, uint32_t{34});
  append_little(bytes, uint32_t{0});
  append_little(bytes, uint32_t{26});
  append_little(bytes, uint32_t{12});
  for (const int value : {2, 1, 1, 24}) {
    append_little(bytes, static_cast<uint16_t>(value));
  }
  bytes += std::string("\1\2\3\4\5\6\0\0", 8);
  EXPECT_NO_THROW(read_image_header(bytes, bytes.size()));
  EXPECT_EQ(decode_image(bytes).pixels, (Bytes{3, 2, 1, 6, 5, 4}));
}

TEST(BmpReader, RefusesEveryTruncation) {
  const std::string bytes = bmp({.rows = std::string(16, 'x')});
  for (size_t size = 10; size < bytes.size(); ++size) {
    const std::string message = decode_error(ImageFault::kDamaged, bytes.substr(0, size));
    EXPECT_NE(message.find("ends early"), std::string::npos) << size << ": " << message;
  }
}

TEST(BmpReader, RefusesWhatItDoesNotKnow) {
  const std::string rows(64, 'x');
  EXPECT_EQ(
      decode_error(ImageFault::kUnsupported, bmp({.depth = 8, .compression = 1, .rows = rows})),
      "a run-length-coded BMP is not supported; convert it to PNG");
  EXPECT_EQ(decode_error(ImageFault::kUnsupported, bmp({.compression = 4, .rows = rows})),
            "a BMP of compression 4 is not supported; convert it to PNG");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bmp({.depth = 7, .rows = rows})),
            "its header says 7 bits a pixel, which BMP does not have");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bmp({.width = -2, .rows = rows})),
            "its header says -2x2 pixels");
  EXPECT_EQ(
      decode_error(ImageFault::kTooLarge, bmp({.width = 20'000, .height = -20'000, .rows = rows})),
      "20000x20000 exceeds max_image_pixels 64 Mpx");
  EXPECT_EQ(decode_error(ImageFault::kTooLarge, bmp({.height = INT32_MIN, .rows = rows})),
            "2x2147483648 has a side of more than 65535 pixels");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bmp({.rows = rows, .header = 200})),
            "a BMP header of 200 bytes");
}

}  // namespace
}  // namespace gantrain
