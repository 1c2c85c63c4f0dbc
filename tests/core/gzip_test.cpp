#include "gantrain/core/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/idx_bytes.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

// Reads in pieces of `step` until there is no more.
std::string inflate_all(std::string_view bytes, size_t step = 1000) {
  GzipReader reader(bytes, "f.gz", ErrorKind::kData);
  std::string out;
  for (;;) {
    std::string piece(step, '\0');
    const size_t got = reader.read(piece.data(), step);
    out.append(piece, 0, got);
    if (got < step) {
      return out;
    }
  }
}

TEST(Gzip, IsKnownByItsFirstTwoBytes) {
  EXPECT_TRUE(looks_gzipped(gzip_bytes("x")));
  EXPECT_FALSE(looks_gzipped("\x1f"));
  EXPECT_FALSE(looks_gzipped(""));
}

TEST(Gzip, GivesTheBytesBackInPiecesOfAnySize) {
  const std::string bytes = counting_bytes(100'000);
  const std::string compressed = gzip_bytes(bytes);
  for (const size_t step : {size_t{1}, size_t{999}, bytes.size(), bytes.size() + 1}) {
    EXPECT_EQ(inflate_all(compressed, step), bytes) << step;
  }
  EXPECT_EQ(inflate_all(gzip_bytes("")), "");
}

TEST(Gzip, ReadsMembersThatFollowEachOtherAndZerosBehind) {
  EXPECT_EQ(inflate_all(gzip_bytes("one, ") + gzip_bytes("two") + std::string(500, '\0')),
            "one, two");
}

TEST(Gzip, RefusesWhatElseFollows) {
  const std::string compressed = gzip_bytes("one");
  const std::string message =
      error_of(ErrorKind::kData, [&] { inflate_all(compressed + "hello"); });
  EXPECT_EQ(message, "f.gz: damaged gzip data at byte " + std::to_string(compressed.size()) +
                         " of " + std::to_string(compressed.size() + 5) +
                         ": something else follows the compressed data. Fetch the file again.");
}

TEST(Gzip, NamesAWrongChecksumAndAWrongLength) {
  std::string compressed = gzip_bytes(counting_bytes(1000));
  std::string wrong = compressed;
  wrong[wrong.size() - 8] ^= 1;
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { inflate_all(wrong); }),
              HasSubstr(": CRC mismatch. Fetch the file again."));
  wrong = compressed;
  wrong[wrong.size() - 1] ^= 1;
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { inflate_all(wrong); }),
              HasSubstr(": length mismatch. Fetch the file again."));
}

// All but the bits that fill the last byte of the compressed data up, which mean nothing.
TEST(Gzip, NoticesEveryFlippedBitBehindTheHeader) {
  const std::string bytes = counting_bytes(300);
  const std::string compressed = gzip_bytes(bytes);
  constexpr size_t kHeader = 10;
  int unnoticed = 0;
  for (size_t bit = kHeader * 8; bit < compressed.size() * 8; ++bit) {
    std::string wrong = compressed;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
    try {
      EXPECT_EQ(inflate_all(wrong), bytes) << "bit " << bit;
      ++unnoticed;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
    }
  }
  EXPECT_LT(unnoticed, 8);
}

TEST(Gzip, NoticesACutAtEveryLength) {
  const std::string compressed = gzip_bytes(counting_bytes(300));
  for (size_t size = 2; size < compressed.size(); ++size) {
    EXPECT_THAT(error_of(ErrorKind::kData, [&] { inflate_all(compressed.substr(0, size)); }),
                HasSubstr("it ends early"))
        << size;
  }
}

TEST(Gzip, DecompressesNoMoreThanIsAskedFor) {
  const std::string compressed = gzip_bytes(std::string(10'000'000, 'x'));
  GzipReader reader(compressed, "bomb.gz", ErrorKind::kData);
  std::string out(10, '\0');
  EXPECT_EQ(reader.read(out.data(), out.size()), 10u);
  EXPECT_EQ(out, "xxxxxxxxxx");
}

}  // namespace
}  // namespace gantrain
