#include "gantrain/image/image_header.h"

#include "gantrain/image/png_writer.h"

#include "image/image_bytes.h"
#include "image/jpeg_bytes.h"

namespace gantrain {
namespace {

using namespace std::string_literals;

TEST(ImageHeader, NamesFormatsThatAreNotRead) {
  const std::pair<std::string, std::string> kinds[] = {
      {"GIF89a\1\0\1\0"s, "GIF"},
      {"RIFF\x10\0\0\0WEBPVP8 "s, "WebP"},
      {"II*\0\x08\0\0\0"s, "TIFF"},
      {"MM\0*\0\0\0\x08"s, "TIFF"},
      {"\0\0\0\x20"s + "ftypavif\0\0\0\0"s, "AVIF"},
      {"\0\0\0\x20"s + "ftypheic\0\0\0\0"s, "HEIC"},
      {"8BPS\0\1\0\0"s, "PSD"},
      {"\xff\x0a\x00\x00"s, "JPEG XL"},
      {"\0\0\0\x0cjP  \r\n\x87\n"s, "JPEG 2000"},
      {"P4\n8 1\nx"s, "PBM"},
      {"P7\nWIDTH 1\n"s, "PAM"},
      {"<svg xmlns="s, "SVG"},
  };
  for (const auto& [start, name] : kinds) {
    EXPECT_EQ(decode_error(ImageFault::kUnsupported, start + std::string(40, ' ')),
              name + " is not supported; convert it to PNG");
  }
}

TEST(ImageHeader, ShowsTheStartOfWhatIsNoImage) {
  const std::string not_an_image = "not PNG, JPEG, BMP, PGM or PPM (starts with ";
  EXPECT_EQ(decode_error(ImageFault::kNotAnImage, "<html><body>404 Not Found</body></html>"),
            not_an_image + "`<html><body>404 `)");
  EXPECT_EQ(decode_error(ImageFault::kNotAnImage, "hello\nworld"), not_an_image + "`hello`)");
  EXPECT_EQ(decode_error(ImageFault::kNotAnImage, "PK\3\4abcdefgh"),
            not_an_image + "0x504b030461626364)");
  EXPECT_EQ(decode_error(ImageFault::kNotAnImage, "BMW is a car"),
            not_an_image + "`BMW is a car`)");
  EXPECT_EQ(decode_error(ImageFault::kNotAnImage, "P5lease read me"),
            not_an_image + "`P5lease read me`)");
  EXPECT_EQ(decode_error(ImageFault::kEmpty, ""), "empty file");
}

TEST(ImageHeader, KnowsExtensions) {
  EXPECT_TRUE(extension_fits(ImageFormat::kPng, ".PNG"));
  EXPECT_TRUE(extension_fits(ImageFormat::kJpeg, "jpeg"));
  EXPECT_FALSE(extension_fits(ImageFormat::kPng, ".jpg"));
  EXPECT_FALSE(extension_fits(ImageFormat::kPng, ""));
  EXPECT_TRUE(extension_fits(ImageFormat::kPnm, ".pgm"));
  EXPECT_TRUE(is_image_extension(".WebP"));
  EXPECT_TRUE(is_image_extension("bmp"));
  EXPECT_FALSE(is_image_extension(".txt"));
  EXPECT_FALSE(is_image_extension(""));
}

// What the first bytes say is either nothing yet or already the truth.
TEST(ImageHeader, NeedsOnlyTheFirstBytes) {
  std::string palette = kPngSignature + png_ihdr(3, 1, 8, 3) + png_chunk("tEXt", "a text") +
                        png_chunk("PLTE", "abcdefghi") + png_chunk("tRNS", "x");
  palette += png_chunk("IDAT", zlib_bytes(std::string("\0\0\1\2", 4))) + png_chunk("IEND", "");
  const std::pair<std::string, size_t> files[] = {
      {palette, 120},
      {encode_png(patterned_image(70, 50, 4)), 41},
      {with_segment(jpeg_bytes(patterned_image(70, 50, 3)), exif_segment(6)), 260},
      {"P5 70 50 255\n" + std::string(3500, 'x'), 20},
  };
  for (const auto& [bytes, enough] : files) {
    const ImageHeader whole = read_image_header(bytes, bytes.size()).value();
    const Image image = decode_image(bytes);
    EXPECT_EQ(whole.width, image.width);
    EXPECT_EQ(whole.height, image.height);
    EXPECT_EQ(whole.channels, image.channels);
    EXPECT_EQ(whole.bits, image.bits);
    for (size_t size = 8; size < std::min<size_t>(bytes.size(), 300); ++size) {
      const auto header = read_image_header(bytes.substr(0, size), bytes.size());
      EXPECT_TRUE(header.has_value() || size < enough) << size;
      if (header) {
        EXPECT_EQ(header->width, whole.width);
        EXPECT_EQ(header->height, whole.height);
        EXPECT_EQ(header->channels, whole.channels);
        EXPECT_EQ(header->orientation, whole.orientation);
      }
    }
  }
}

TEST(ImageHeader, SeesThatAPngIsCutInsideItsFirstPixels) {
  const std::string bytes = encode_png(patterned_image(70, 50, 3));
  EXPECT_THROW(read_image_header(bytes.substr(0, 200), 200), ImageError);
}

}  // namespace
}  // namespace gantrain
