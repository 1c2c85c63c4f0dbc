#include "gantrain/image/idx_file.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/idx_bytes.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using testing::HasSubstr;
using Shape = std::vector<int64_t>;

std::string message_for(const std::string& bytes, IdxContent content = IdxContent::kImages) {
  return error_of(ErrorKind::kData, [&] { parse_idx(bytes, content, "f"); });
}

TEST(IdxFile, GivesShapeAndElements) {
  const std::string pixels = counting_bytes(2 * 3 * 4);
  const IdxArray images = parse_idx(idx_bytes({2, 3, 4}, pixels), IdxContent::kImages, "f");
  EXPECT_EQ(images.shape, (Shape{2, 3, 4}));
  EXPECT_EQ(images.elements, pixels);
  const IdxArray labels =
      parse_idx(idx_bytes({3}, std::string("\5\0\4", 3)), IdxContent::kLabels, "f");
  EXPECT_EQ(labels.shape, (Shape{3}));
  EXPECT_EQ(labels.elements, std::string("\5\0\4", 3));
}

TEST(IdxFile, ReadsColour) {
  const IdxArray images =
      parse_idx(idx_bytes({2, 2, 2, 3}, counting_bytes(24)), IdxContent::kImages, "f");
  EXPECT_EQ(images.shape, (Shape{2, 2, 2, 3}));
}

TEST(IdxFile, ReadsGzipWhateverItsName) {
  const TemporaryFolder folder;
  const std::string pixels = counting_bytes(5 * 28 * 28);
  const auto path = folder.write("images-idx3-ubyte", gzip_bytes(idx_bytes({5, 28, 28}, pixels)));
  EXPECT_EQ(read_idx(path, IdxContent::kImages).elements, pixels);
}

TEST(IdxFile, Row69NamesBothMagicNumbers) {
  EXPECT_EQ(
      message_for("\x89PNG\r\n\x1a\n"),
      "f: not an IDX file (starts with 0x89504e47, expected 0x00000803); it looks like a PNG.");
  EXPECT_EQ(message_for("hello"),
            "f: not an IDX file (starts with 0x68656c6c, expected 0x00000803).");
  EXPECT_EQ(message_for(idx_bytes({1}, "x")),
            "f: an IDX file of labels (starts with 0x00000801, expected 0x00000803); images are "
            "needed here.");
  EXPECT_EQ(message_for(idx_bytes({1, 1, 1}, "x"), IdxContent::kLabels),
            "f: an IDX file of images (starts with 0x00000803, expected 0x00000801); labels are "
            "needed here.");
  EXPECT_EQ(
      message_for(idx_bytes({1, 1, 1}, "xxxx", 0x0d)),
      "f: an IDX file whose elements are not unsigned bytes (starts with 0x00000d03, expected "
      "0x00000803); convert them to bytes from 0 to 255.");
  EXPECT_EQ(message_for(""), "f: the file is empty.");
  EXPECT_EQ(message_for("ab"), "f: not an IDX file (only 2 bytes).");
}

TEST(IdxFile, Row69NamesADamagedGzip) {
  std::string bytes = gzip_bytes(idx_bytes({5, 28, 28}, counting_bytes(5 * 28 * 28)));
  bytes[bytes.size() - 6] ^= 0x10;
  EXPECT_EQ(message_for(bytes), "f: damaged gzip data at byte " + std::to_string(bytes.size() - 4) +
                                    " of " + std::to_string(bytes.size()) +
                                    ": CRC mismatch. Fetch the file again.");
}

TEST(IdxFile, Row70NamesBothSizes) {
  EXPECT_EQ(message_for(idx_bytes({2, 3, 4}, counting_bytes(25))),
            "f: holds 41 bytes, but its header says 2 images of 4x3, which takes 40 bytes.");
  EXPECT_EQ(
      message_for(gzip_bytes(idx_bytes({2, 3, 4}, counting_bytes(25)))),
      "f: holds more than 40 bytes, but its header says 2 images of 4x3, which takes 40 bytes.");
  EXPECT_EQ(
      message_for(idx_bytes({100, 3, 4}, counting_bytes(24))),
      "f: ends at byte 40, inside image 2 (counted from 0), but its header says 100 images of "
      "4x3, which takes 1,216 bytes. Fetch the file again.");
  EXPECT_EQ(
      message_for(idx_bytes({3}, "ab"), IdxContent::kLabels),
      "f: ends at byte 10, inside label 2 (counted from 0), but its header says 3 labels, which "
      "takes 11 bytes. Fetch the file again.");
}

TEST(IdxFile, Row71NamesTheDimensionThatIsOutOfRange) {
  EXPECT_EQ(message_for(idx_bytes({0, 28, 28}, "")),
            "f: byte 4: the number of images is out of range (got 0, expected 1 to 100000000).");
  EXPECT_EQ(message_for(idx_bytes({1, 0, 28}, "")),
            "f: byte 8: the height is out of range (got 0, expected 1 to 65535).");
  EXPECT_EQ(message_for(idx_bytes({1, 28, 0x80000000}, "")),
            "f: byte 12: the width is out of range (got 2147483648, expected 1 to 65535).");
  EXPECT_THAT(
      message_for(idx_bytes({100'000'000, 65'535, 65'535}, "")),
      HasSubstr("f: byte 8: the product of the dimensions is out of range (more than the "));
  EXPECT_EQ(message_for(idx_bytes({0}, ""), IdxContent::kLabels),
            "f: byte 4: the number of labels is out of range (got 0, expected 1 to 100000000).");
  EXPECT_EQ(message_for(idx_bytes({1, 2, 2, 2}, "12345678")),
            "f: byte 16: the number of channels is out of range (got 2, expected 1 or 3).");
  EXPECT_EQ(message_for(idx_bytes({1, 2, 2}, "").substr(0, 9)),
            "f: ends inside its header (9 bytes, the header alone takes 16).");
}

TEST(IdxFile, Row74NamesTheByteWhereTheLastImageEnds) {
  const std::string expected =
      "f: ends at byte 39, inside image 1 (counted from 0), but its header says 2 images of 4x3, "
      "which takes 40 bytes. Fetch the file again.";
  const std::string cut = idx_bytes({2, 3, 4}, counting_bytes(23));
  EXPECT_EQ(message_for(cut), expected);
  EXPECT_EQ(message_for(gzip_bytes(cut)), expected);
}

TEST(IdxFile, AllocatesNoMoreThanTheFileCanHold) {
  // Claims 16 GiB less a little; a buffer of that size would not fit here.
  EXPECT_THAT(message_for(gzip_bytes(idx_bytes({260'000, 256, 256}, counting_bytes(1000)))),
              HasSubstr("f: ends at byte 1,016, inside image 0 "));
  EXPECT_THAT(message_for(idx_bytes({260'000, 256, 256}, counting_bytes(1000))),
              HasSubstr("f: ends at byte 1,016, inside image 0 "));
}

// Whatever is changed, the answer is the array or an Error: run under the sanitizers.
TEST(IdxFile, SurvivesDamage) {
  const std::string plain = idx_bytes({4, 5, 5}, counting_bytes(100));
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = round % 2 == 0 ? plain : gzip_bytes(plain);
    const size_t changes = 1 + random() % 3;
    for (size_t i = 0; i < changes; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) {
      bytes.resize(random() % bytes.size());
    }
    try {
      const IdxArray array = parse_idx(bytes, IdxContent::kImages, "f");
      int64_t size = 1;
      for (const int64_t dimension : array.shape) {
        size *= dimension;
      }
      EXPECT_EQ(static_cast<int64_t>(array.elements.size()), size);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace gantrain
