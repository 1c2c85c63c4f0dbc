#include <cstdlib>
#include <set>

#include "gantrain/image/png_writer.h"

#include "image/image_bytes.h"

namespace gantrain {
namespace {

using Samples = std::vector<uint16_t>;  // row by row, interleaved, as the file means them

int samples_of(int colour) {
  return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

// One row of samples, packed as PNG does.
std::string packed(const Samples& row, int depth) {
  std::string bits;
  for (const uint16_t sample : row) {
    for (int bit = depth - 1; bit >= 0; --bit) {
      bits.push_back(sample >> bit & 1 ? '1' : '0');
    }
  }
  std::string bytes;
  for (size_t i = 0; i < bits.size(); i += 8) {
    bits.resize(std::max(bits.size(), i + 8), '0');
    bytes.push_back(static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2)));
  }
  return bytes;
}

// A row behind its filter byte. Straight from the specification, chapter 9.
std::string filtered(int filter, const std::string& row, const std::string& above, size_t step) {
  std::string out(1, static_cast<char>(filter));
  const auto byte = [](const std::string& bytes, size_t i, size_t back) {
    return i < back ? 0 : static_cast<int>(static_cast<uint8_t>(bytes[i - back]));
  };
  for (size_t i = 0; i < row.size(); ++i) {
    const int a = byte(row, i, step);
    const int b = byte(above, i, 0);
    const int c = byte(above, i, step);
    const int p = a + b - c;
    const int pa = std::abs(p - a);
    const int pb = std::abs(p - b);
    const int pc = std::abs(p - c);
    const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    const int predicted[] = {0, a, b, (a + b) / 2, paeth};
    out.push_back(static_cast<char>(byte(row, i, 0) - predicted[filter]));
  }
  return out;
}

struct PngKind {
  int depth;
  int colour;
};
constexpr PngKind kKinds[] = {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {16, 0}, {8, 2}, {16, 2}, {1, 3},
                              {2, 3}, {4, 3}, {8, 3}, {8, 4}, {16, 4}, {8, 6}, {16, 6}};

// Rows of one pass: every step-th pixel from (x, y) on. The filters take turns.
std::string stored_rows(const Samples& samples, int64_t width, int64_t height, const PngKind& kind,
                        int64_t x0, int64_t y0, int64_t step_x, int64_t step_y, int& filter) {
  const int each = samples_of(kind.colour);
  const size_t step = std::max(1, each * kind.depth / 8);
  std::string rows;
  std::string above;
  for (int64_t y = y0; y < height && x0 < width; y += step_y) {
    Samples row;
    for (int64_t x = x0; x < width; x += step_x) {
      const auto first = samples.begin() + (y * width + x) * each;
      row.insert(row.end(), first, first + each);
    }
    const std::string bytes = packed(row, kind.depth);
    above.resize(bytes.size(), '\0');
    rows += filtered(filter++ % 5, bytes, above, step);
    above = bytes;
  }
  return rows;
}

std::string all_rows(const Samples& samples, int64_t width, int64_t height, const PngKind& kind,
                     bool interlaced) {
  int filter = 0;
  if (!interlaced) {
    return stored_rows(samples, width, height, kind, 0, 0, 1, 1, filter);
  }
  constexpr int64_t kPasses[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                     {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::string rows;
  for (const auto& pass : kPasses) {
    rows += stored_rows(samples, width, height, kind, pass[0], pass[1], pass[2], pass[3], filter);
  }
  return rows;
}

std::string palette_chunk(int depth) {
  std::string colours;
  for (int i = 0; i < 1 << depth; ++i) {
    colours += {static_cast<char>(i * 7), static_cast<char>(255 - i), static_cast<char>(i * 3)};
  }
  return png_chunk("PLTE", colours);
}

// What the samples mean, without transparency.
Image meant(const Samples& samples, int64_t width, int64_t height, const PngKind& kind) {
  Image image{
      width, height, kind.colour == 3 ? 3 : samples_of(kind.colour), {}, kind.depth == 16 ? 16 : 8};
  for (const uint16_t sample : samples) {
    if (kind.colour == 3) {
      image.pixels.insert(image.pixels.end(),
                          {static_cast<uint8_t>(sample * 7), static_cast<uint8_t>(255 - sample),
                           static_cast<uint8_t>(sample * 3)});
    } else if (kind.depth == 16) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(&sample);
      image.pixels.insert(image.pixels.end(), bytes, bytes + 2);
    } else {
      image.pixels.push_back(static_cast<uint8_t>(sample * 255 / ((1 << kind.depth) - 1)));
    }
  }
  return image;
}

Samples random_samples(int64_t width, int64_t height, const PngKind& kind, uint32_t seed) {
  Samples samples(width * height * samples_of(kind.colour));
  Noise noise(seed);
  for (uint16_t& sample : samples) {
    sample = static_cast<uint16_t>(noise.next(1u << kind.depth));
  }
  return samples;
}

TEST(PngReader, ReadsEveryColourTypeDepthFilterAndInterlacing) {
  for (const PngKind& kind : kKinds) {
    for (const auto& [width, height] :
         {std::pair{1, 1}, std::pair{3, 2}, std::pair{8, 8}, std::pair{19, 23}, std::pair{5, 1}}) {
      for (const bool interlaced : {false, true}) {
        SCOPED_TRACE(testing::Message() << "depth " << kind.depth << " colour " << kind.colour
                                        << " " << width << "x" << height << " " << interlaced);
        const Samples samples = random_samples(width, height, kind, width * 100 + height);
        const std::string bytes =
            png_file(width, height, kind.depth, kind.colour,
                     all_rows(samples, width, height, kind, interlaced),
                     kind.colour == 3 ? palette_chunk(kind.depth) : "", interlaced);
        const Image image = decode_image(bytes);
        const Image expected = meant(samples, width, height, kind);
        EXPECT_EQ(image.channels, expected.channels);
        EXPECT_EQ(image.bits, expected.bits);
        EXPECT_EQ(image.pixels, expected.pixels);
        const ImageHeader header = read_image_header(bytes, bytes.size()).value();
        EXPECT_EQ(header.width, width);
        EXPECT_EQ(header.height, height);
        EXPECT_EQ(header.channels, expected.channels);
        EXPECT_EQ(header.bits, expected.bits);
      }
    }
  }
}

TEST(PngReader, ReadsImagesOfSeveralInflatedBlocks) {
  const Image image = patterned_image(700, 300, 3);
  EXPECT_EQ(decode_image(encode_png(image)).pixels, image.pixels);
  const Image wide = patterned_image(60'000, 3, 3);
  EXPECT_EQ(decode_image(encode_png(wide)).pixels, wide.pixels);
}

TEST(PngReader, SpreadsFewBitsOverTheWholeRange) {
  const auto grey = [](int depth, const std::string& row, uint32_t width) {
    return decode_image(png_file(width, 1, depth, 0, std::string(1, '\0') + row)).pixels;
  };
  EXPECT_EQ(grey(1, "\xa0", 3), (std::vector<uint8_t>{255, 0, 255}));
  EXPECT_EQ(grey(2, "\x1b", 4), (std::vector<uint8_t>{0, 85, 170, 255}));
  EXPECT_EQ(grey(4, "\x01\xf8", 4), (std::vector<uint8_t>{0, 17, 255, 136}));
}

TEST(PngReader, TurnsATransparentColourIntoAnAlphaChannel) {
  const std::string grey =
      png_file(4, 1, 2, 0, std::string("\0\x1b", 2), png_chunk("tRNS", std::string("\xff\x02", 2)));
  EXPECT_EQ(decode_image(grey).pixels, (std::vector<uint8_t>{0, 255, 85, 255, 170, 0, 255, 255}));
  EXPECT_EQ(read_image_header(grey, grey.size())->channels, 2);

  const std::string rgb = png_file(2, 1, 8, 2, std::string("\0\1\2\3\1\2\4", 7),
                                   png_chunk("tRNS", std::string("\0\1\0\2\0\4", 6)));
  EXPECT_EQ(decode_image(rgb).pixels, (std::vector<uint8_t>{1, 2, 3, 255, 1, 2, 4, 0}));

  const std::string deep = png_file(2, 1, 16, 0, std::string("\0\1\2\1\3", 5),
                                    png_chunk("tRNS", std::string("\1\3", 2)));
  const Image image = decode_image(deep);
  ASSERT_EQ(image.pixels.size(), 8u);
  EXPECT_EQ(std::vector<uint16_t>(image.samples16(), image.samples16() + 4),
            (std::vector<uint16_t>{0x0102, 65535, 0x0103, 0}));
}

TEST(PngReader, GivesPaletteEntriesTheirAlpha) {
  const std::string bytes =
      png_file(3, 1, 8, 3, std::string("\0\0\1\2", 4),
               png_chunk("PLTE", "abcdefghi") + png_chunk("tRNS", std::string("\x00\x80", 2)));
  EXPECT_EQ(decode_image(bytes).pixels,
            (std::vector<uint8_t>{'a', 'b', 'c', 0, 'd', 'e', 'f', 128, 'g', 'h', 'i', 255}));
  EXPECT_EQ(read_image_header(bytes, bytes.size())->channels, 4);
}

// A small file with every critical chunk.
std::string small_png() {
  return png_file(3, 2, 8, 3, std::string("\0\0\1\2\0\2\1\0", 8), png_chunk("PLTE", "abcdefghi"));
}

TEST(PngReader, RefusesEveryTruncation) {
  for (const std::string& bytes : {small_png(), encode_png(patterned_image(20, 20, 4, 16))}) {
    for (size_t size = 4; size < bytes.size(); ++size) {
      const std::string message = decode_error(ImageFault::kDamaged, bytes.substr(0, size));
      EXPECT_NE(message.find("ends early"), std::string::npos) << size << ": " << message;
    }
  }
}

TEST(PngReader, RefusesEveryFlippedBit) {
  const std::string bytes = small_png();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      EXPECT_THROW(decode_image(damaged), ImageError) << "bit " << bit << " of byte " << i;
    }
  }
}

TEST(PngReader, NamesTheChunkWithTheWrongCrc) {
  std::string bytes = encode_png(patterned_image(9, 9, 3));
  const size_t idat = bytes.find("IDAT");
  bytes[idat + 20] = static_cast<char>(bytes[idat + 20] ^ 4);
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bytes),
            "CRC mismatch in IDAT at byte " + std::to_string(idat - 4));
}

std::string with_idat(const std::string& compressed, uint32_t width = 3, uint32_t height = 2) {
  return kPngSignature + png_ihdr(width, height, 8, 0) + png_chunk("IDAT", compressed) +
         png_chunk("IEND", "");
}

TEST(PngReader, ChecksWhatTheCrcCannotSee) {
  const std::string rows("\0abc\0def", 8);
  const std::string stream = zlib_bytes(rows);
  ASSERT_EQ(decode_image(with_idat(stream)).pixels.size(), 6u);
  std::string wrong_sum = stream;
  wrong_sum.back() = static_cast<char>(wrong_sum.back() ^ 1);
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(wrong_sum)),
            "wrong Adler-32 checksum of its pixels");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(stream.substr(0, stream.size() - 4))),
            "its pixels end early (without a checksum)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(stream.substr(0, 5))),
            "its pixels end early (after 0 of 2 rows)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(zlib_bytes(rows.substr(0, 5)))),
            "holds fewer pixels than its header says (1 of 2 rows)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(zlib_bytes(rows + "x"))),
            "holds more pixels than its header says");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat("no zlib stream at all")),
            "its compressed pixels are damaged (zlib: incorrect header check)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, with_idat(zlib_bytes("\x05"
                                                                    "abc" +
                                                                    rows))),
            "row 0 has the filter 5, and there are only 0 to 4");
}

TEST(PngReader, TakesAStreamInManyPieces) {
  const std::string stream = zlib_bytes(std::string("\0abc\0def", 8));
  std::string pieces = png_chunk("IDAT", "");
  for (const char byte : stream) {
    pieces += png_chunk("IDAT", std::string(1, byte));
  }
  EXPECT_EQ(
      decode_image(kPngSignature + png_ihdr(3, 2, 8, 0) + pieces + png_chunk("IEND", "")).pixels,
      (std::vector<uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST(PngReader, RefusesImpossibleHeaders) {
  const std::string rows("\0abc\0def", 8);
  const auto message = [&](int depth, int colour) {
    return decode_error(ImageFault::kDamaged, png_file(3, 2, depth, colour, rows));
  };
  EXPECT_EQ(message(3, 0), "its header says colour type 0 with 3 bits, which PNG does not have");
  EXPECT_EQ(message(16, 3), "its header says colour type 3 with 16 bits, which PNG does not have");
  EXPECT_EQ(message(8, 1), "its header says colour type 1 with 8 bits, which PNG does not have");
  EXPECT_EQ(message(8, 3), "has no PLTE chunk before its pixels");
  const auto size = [&](uint32_t width, uint32_t height, ImageFault fault) {
    return decode_error(fault, png_file(width, height, 8, 0, rows));
  };
  EXPECT_EQ(size(0, 2, ImageFault::kDamaged), "its header says 0x2 pixels");
  EXPECT_EQ(size(0x80000000u, 1, ImageFault::kTooLarge),
            "2147483648x1 has a side of more than 65535 pixels");
  EXPECT_EQ(size(16000, 16000, ImageFault::kTooLarge),
            "16000x16000 exceeds max_image_pixels 64 Mpx");
  EXPECT_EQ(size(100'000, 1, ImageFault::kTooLarge),
            "100000x1 has a side of more than 65535 pixels");
  EXPECT_EQ(decode_error(ImageFault::kTooLarge, png_file(3, 2, 8, 0, rows), {5}),
            "3x2 exceeds max_image_pixels 5 pixels");
}

// Nothing is allocated for pixels that the file is too short to hold.
TEST(PngReader, RefusesAHeaderThatLies) {
  const std::string message =
      decode_error(ImageFault::kDamaged, png_file(8000, 8000, 16, 6, std::string(50, '\0')));
  EXPECT_NE(message.find("holds fewer pixels than its header says"), std::string::npos) << message;
}

TEST(PngReader, RefusesChunksInTheWrongPlace) {
  const std::string ihdr = png_ihdr(3, 2, 8, 3);
  const std::string plte = png_chunk("PLTE", "abcdefghi");
  const std::string idat = png_chunk("IDAT", zlib_bytes(std::string("\0\0\1\2\0\2\1\0", 8)));
  const std::string trns = png_chunk("tRNS", "a");
  const std::string iend = png_chunk("IEND", "");
  const auto refused = [&](const std::string& chunks, const std::string& part) {
    const std::string message = decode_error(ImageFault::kDamaged, kPngSignature + chunks);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  EXPECT_NO_THROW(decode_image(kPngSignature + ihdr + plte + trns + idat + iend));
  refused(plte + ihdr + idat + iend, "does not begin with an IHDR");
  refused(ihdr + ihdr + plte + idat + iend, "an unexpected IHDR chunk");
  refused(ihdr + plte + plte + idat + iend, "a PLTE chunk in the wrong place");
  refused(ihdr + idat + plte + iend, "has no PLTE chunk before its pixels");
  refused(ihdr + plte + idat + trns + iend, "a tRNS chunk in the wrong place");
  refused(ihdr + trns + plte + idat + iend, "a tRNS chunk of 1 bytes");
  refused(ihdr + plte + png_chunk("tRNS", "abcd") + idat + iend, "a tRNS chunk of 4 bytes");
  refused(ihdr + png_chunk("PLTE", "abcd") + idat + iend, "a PLTE chunk of 4 bytes");
  refused(ihdr + plte + idat + png_chunk("tIME", "1234567") + idat + iend,
          "its IDAT chunks do not follow each other");
  refused(ihdr + plte + iend, "has no pixels");
  refused(ihdr + plte + png_chunk("ABCD", "x") + idat + iend, "an unexpected ABCD chunk");
  refused(ihdr + plte + png_chunk("a1CD", "x") + idat + iend, "no chunk where one should begin");
  refused(ihdr + png_chunk("PLTE", "abc") + idat + iend, "colour 1 of a palette that has 1");
}

TEST(PngReader, NamesApplesOwnKind) {
  EXPECT_NE(decode_error(ImageFault::kUnsupported,
                         kPngSignature + png_chunk("CgBI", "1234") + png_ihdr(1, 1, 8, 6))
                .find("CgBI"),
            std::string::npos);
}

TEST(PngReader, PassesOverBombsAndThousandsOfChunks) {
  const std::string rows("\0abc\0def", 8);
  const std::string zeros = zlib_bytes(std::string(10 << 20, '\0'));
  std::string before = png_chunk("zTXt", std::string("Comment\0\0", 9) + zeros) +
                       png_chunk("iCCP", std::string("profile\0\0", 9) + zeros);
  for (int i = 0; i < 100'000; ++i) {
    before += png_chunk("tEXt", "");
  }
  EXPECT_EQ(decode_image(png_file(3, 2, 8, 0, rows, before)).pixels.size(), 6u);
  // An ancillary chunk with a wrong CRC changes no pixel.
  std::string text = png_chunk("tEXt", "a");
  text.back() = static_cast<char>(text.back() ^ 1);
  EXPECT_NO_THROW(decode_image(png_file(3, 2, 8, 0, rows, text)));
  EXPECT_NO_THROW(decode_image(png_file(3, 2, 8, 0, rows) + "bytes behind the end"));
}

}  // namespace
}  // namespace gantrain
