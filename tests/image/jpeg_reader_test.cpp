#include <map>

#include "image/image_bytes.h"
#include "image/jpeg_bytes.h"

namespace gantrain {
namespace {

Image plain_image(int64_t width, int64_t height, std::vector<uint8_t> colour) {
  Image image{width, height, static_cast<int64_t>(colour.size()), {}};
  for (int64_t i = 0; i < width * height; ++i) {
    image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
  }
  return image;
}

// Smooth, as photographs are.
Image smooth_image(int64_t width, int64_t height, int64_t channels) {
  Image image{width, height, channels, {}};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < channels; ++c) {
        image.pixels.push_back(static_cast<uint8_t>(40 + x + 2 * y + 30 * c));
      }
    }
  }
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

TEST(JpegReader, GivesBackWhatWasCompressed) {
  for (const int64_t channels : {1, 3}) {
    for (const bool subsampled : {false, true}) {
      const Image image = smooth_image(45, 33, channels);
      DecodeNotes notes;
      const Image decoded = decode_image(jpeg_bytes(image, {98, {}, subsampled}), {}, &notes);
      EXPECT_EQ(decoded.width, 45);
      EXPECT_EQ(decoded.height, 33);
      EXPECT_EQ(decoded.channels, channels);
      EXPECT_LE(largest_difference(decoded, image), 6);
      EXPECT_EQ(notes.format, ImageFormat::kJpeg);
      EXPECT_EQ(notes.warnings, 0);
      EXPECT_FALSE(notes.cmyk);
    }
  }
}

// The same coefficients in another order.
TEST(JpegReader, ReadsProgressiveFilesAsBaselineOnes) {
  const Image image = patterned_image(61, 47, 3);
  const std::string progressive = jpeg_bytes(image, {90, JpegScript::kProgressive});
  EXPECT_NE(progressive.find("\xff\xc2"), std::string::npos);
  EXPECT_EQ(decode_image(progressive).pixels, decode_image(jpeg_bytes(image, {90})).pixels);
}

// Orientation n of a picture, of which the four corners and the sides tell all.
TEST(JpegReader, AppliesEveryExifOrientation) {
  // Stored: four flat blocks of 8 x 8.
  Image image = plain_image(16, 16, {0});
  for (int64_t y = 0; y < 16; ++y) {
    for (int64_t x = 0; x < 16; ++x) {
      image.pixels[y * 16 + x] = static_cast<uint8_t>(20 + 60 * (x / 8) + 120 * (y / 8));
    }
  }
  const std::string plain = jpeg_bytes(image, {100});
  // Corners in the order: above left, above right, below left, below right. Stored: 1 2 / 3 4.
  const std::map<int, std::vector<int>> shown = {
      {1, {1, 2, 3, 4}}, {2, {2, 1, 4, 3}}, {3, {4, 3, 2, 1}}, {4, {3, 4, 1, 2}},
      {5, {1, 3, 2, 4}}, {6, {3, 1, 4, 2}}, {7, {4, 2, 3, 1}}, {8, {2, 4, 1, 3}}};
  const auto name = [](int value) { return (value - 20 + 30) / 60 + 1; };
  for (const auto& [orientation, corners] : shown) {
    for (const bool big : {false, true}) {
      DecodeNotes notes;
      const Image turned =
          decode_image(with_segment(plain, exif_segment(orientation, big)), {}, &notes);
      const auto at = [&](int64_t x, int64_t y) { return name(turned.pixels[y * 16 + x]); };
      EXPECT_EQ((std::vector<int>{at(0, 0), at(15, 0), at(0, 15), at(15, 15)}), corners)
          << orientation;
      EXPECT_EQ(notes.orientation, orientation);
    }
  }
}

TEST(JpegReader, SwapsTheSidesOfATurnedImage) {
  const Image image = patterned_image(21, 10, 3);
  const Image plain = decode_image(jpeg_bytes(image));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string bytes = with_segment(jpeg_bytes(image), exif_segment(orientation));
    const ImageHeader header = read_image_header(bytes, bytes.size()).value();
    const Image turned = decode_image(bytes);
    EXPECT_EQ(header.width, orientation >= 5 ? 10 : 21);
    EXPECT_EQ(header.height, orientation >= 5 ? 21 : 10);
    EXPECT_EQ(turned.width, header.width);
    EXPECT_EQ(turned.height, header.height);
    // The pixel above left in the file.
    const std::map<int, std::pair<int, int>> place = {{1, {0, 0}}, {2, {1, 0}}, {3, {1, 1}},
                                                      {4, {0, 1}}, {5, {0, 0}}, {6, {1, 0}},
                                                      {7, {1, 1}}, {8, {0, 1}}};
    const auto& [right, below] = place.at(orientation);
    const int64_t x = right ? turned.width - 1 : 0;
    const int64_t y = below ? turned.height - 1 : 0;
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_EQ(turned.pixels[(y * turned.width + x) * 3 + c], plain.pixels[c]) << orientation;
    }
  }
}

TEST(JpegReader, PassesOverBrokenExif) {
  const std::string plain = jpeg_bytes(patterned_image(9, 5, 1));
  const std::string sound = exif_segment(6);
  for (size_t i = 4; i < sound.size(); ++i) {
    for (const int value : {0, 1, 0x7f, 0xff}) {
      std::string broken = sound;
      broken[i] = static_cast<char>(value);
      const Image image = decode_image(with_segment(plain, broken));
      EXPECT_EQ(image.width * image.height, 45);
    }
    std::string cut = sound.substr(0, i);
    cut[2] = 0;
    cut[3] = static_cast<char>(i - 2);
    EXPECT_EQ(decode_image(with_segment(plain, cut)).pixels.size(), 45u);
  }
}

TEST(JpegReader, ConvertsCmykAndYcckWithANote) {
  // Inverted: 255 is no ink.
  for (const bool ycck : {false, true}) {
    const auto shown = [&](std::vector<uint8_t> inks) {
      DecodeNotes notes;
      const Image image = decode_image(
          jpeg_bytes(plain_image(16, 16, std::move(inks)), {100, {}, false, ycck}), {}, &notes);
      EXPECT_TRUE(notes.cmyk);
      EXPECT_EQ(image.channels, 3);
      return std::vector<int>(image.pixels.begin(), image.pixels.begin() + 3);
    };
    const auto near = [](const std::vector<int>& got, const std::vector<int>& wanted) {
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(got[i], wanted[i], 2);
      }
    };
    near(shown({255, 255, 255, 255}), {255, 255, 255});
    near(shown({255, 255, 255, 0}), {0, 0, 0});
    near(shown({0, 255, 255, 255}), {0, 255, 255});
    near(shown({255, 128, 255, 128}), {128, 64, 128});
  }
}

TEST(JpegReader, RefusesATruncatedFileWhereverItIsCut) {
  const Image image = patterned_image(64, 64, 3);
  for (const JpegScript script : {JpegScript::kBaseline, JpegScript::kProgressive}) {
    const std::string bytes = jpeg_bytes(image, {90, script});
    for (const int percent : {10, 50, 90, 99}) {
      const std::string message =
          decode_error(ImageFault::kDamaged, bytes.substr(0, bytes.size() * percent / 100));
      EXPECT_NE(message.find("ends early"), std::string::npos) << percent << ": " << message;
    }
    for (size_t size = 3; size < bytes.size() - 2; size += 7) {
      EXPECT_THROW(decode_image(bytes.substr(0, size)), ImageError) << size;
    }
  }
}

TEST(JpegReader, TakesABaselineFileThatLacksOnlyItsEndMarker) {
  const Image image = plain_image(64, 64, {10, 200, 30});
  const std::string bytes = jpeg_bytes(image);
  EXPECT_EQ(decode_image(bytes.substr(0, bytes.size() - 2)).pixels, decode_image(bytes).pixels);
}

// Damage in the pixels is seldom visible to the format. It must be survived.
TEST(JpegReader, SurvivesFlippedBytes) {
  const std::string bytes = jpeg_bytes(patterned_image(40, 40, 3), {90});
  int loaded = 0;
  int warned = 0;
  int refused = 0;
  for (size_t i = 2; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    try {
      DecodeNotes notes;
      decode_image(damaged, {10'000}, &notes);
      ++loaded;
      warned += notes.warnings > 0 ? 1 : 0;
      EXPECT_EQ(notes.warnings > 0, !notes.first_warning.empty());
    } catch (const ImageError&) {
      ++refused;
    }
  }
  EXPECT_GT(loaded, 0);
  EXPECT_GT(warned, 0);
  EXPECT_GT(refused, 0);
}

TEST(JpegReader, NamesABadHuffmanTable) {
  std::string bytes = jpeg_bytes(patterned_image(16, 16, 1));
  const size_t table = bytes.find("\xff\xc4");
  // Three codes of one bit, where two are all there are; the counts must still add up.
  for (size_t length = 2; length < 16; ++length) {
    auto& count = bytes[table + 5 + length];
    if (count >= 3) {
      count = static_cast<char>(count - 3);
      bytes[table + 5] = 3;
      break;
    }
  }
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bytes), "bad Huffman table");
}

TEST(JpegReader, NamesWhatIsNotSupported) {
  const std::string bytes = jpeg_bytes(patterned_image(16, 16, 1));
  const size_t frame = bytes.find("\xff\xc0");
  const auto with = [&](size_t offset, int value) {
    std::string changed = bytes;
    changed[frame + offset] = static_cast<char>(value);
    return decode_error(ImageFault::kUnsupported, changed);
  };
  const std::string hint = " is not supported; convert it to a baseline JPEG or a PNG";
  EXPECT_EQ(with(1, 0xc3), "a lossless JPEG" + hint);
  EXPECT_EQ(with(1, 0xc9), "an arithmetic-coded JPEG" + hint);
  EXPECT_EQ(with(1, 0xca), "an arithmetic-coded JPEG" + hint);
  EXPECT_EQ(with(1, 0xcb), "a lossless, arithmetic-coded JPEG" + hint);
  EXPECT_EQ(with(1, 0xc5), "a hierarchical JPEG" + hint);
  EXPECT_EQ(with(4, 12), "a JPEG with 12 bits" + hint);
  EXPECT_EQ(with(9, 2), "a JPEG with 2 components" + hint);
  std::string no_height = bytes;
  no_height[frame + 5] = no_height[frame + 6] = 0;
  EXPECT_EQ(decode_error(ImageFault::kUnsupported, no_height),
            "a JPEG that tells its height only after its pixels (DNL)" + hint);
}

TEST(JpegReader, RefusesSizesBeforeDecoding) {
  const std::string bytes = jpeg_bytes(patterned_image(16, 16, 1));
  const size_t frame = bytes.find("\xff\xc0");
  std::string huge = bytes;
  huge.replace(frame + 5, 4, "\x3e\x80\x3e\x80");
  EXPECT_EQ(decode_error(ImageFault::kTooLarge, huge),
            "16000x16000 exceeds max_image_pixels 64 Mpx");
  std::string empty = bytes;
  empty.replace(frame + 7, 2, std::string(2, '\0'));
  EXPECT_EQ(decode_error(ImageFault::kDamaged, empty), "its header says 0x16 pixels");
}

TEST(JpegReader, RefusesTooManyScans) {
  const std::string bytes = jpeg_bytes(patterned_image(16, 16, 1), {90, JpegScript::kManyScans});
  EXPECT_EQ(decode_error(ImageFault::kDamaged, bytes), "more than 100 progressive scans");
}

TEST(JpegReader, FindsTheFrameHeaderBehindLargeSegments) {
  const Image image = patterned_image(16, 12, 3);
  std::string bytes = jpeg_bytes(image);
  const std::string segment =
      std::string("\xff\xe2\xff\xff", 4) + std::string(65533, 'p') + "\xff\xff";
  for (int i = 0; i < 3; ++i) {
    bytes = with_segment(bytes, segment.substr(0, segment.size() - 2));
  }
  EXPECT_FALSE(read_image_header(bytes.substr(0, kUsualHeaderBytes), bytes.size()).has_value());
  EXPECT_EQ(read_image_header(bytes, bytes.size())->width, 16);
  EXPECT_EQ(decode_image(bytes).pixels, decode_image(jpeg_bytes(image)).pixels);
}

TEST(JpegReader, RefusesWhatHasNoFrame) {
  EXPECT_EQ(decode_error(ImageFault::kDamaged, std::string("\xff\xd8\xff\xd9", 4)),
            "has no frame header");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, std::string("\xff\xd8\xff\xe0\0\1xx", 8)),
            "impossible length of a segment at byte 4");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, std::string("\xff\xd8\xff\xe0\0\4xxyy", 10)),
            "no JPEG marker where one should begin at byte 8");
}

}  // namespace
}  // namespace gantrain
