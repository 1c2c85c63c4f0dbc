#include "gantrain/core/text.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

TEST(FormatBytes, CountsInPowersOfAThousand) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(11'594'722), "11.6 MB");
  EXPECT_EQ(format_bytes(999'960), "1.0 MB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "18.4 EB");
}

TEST(FormatCount, GroupsDigits) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(3576704), "3,576,704");
  EXPECT_EQ(format_count(-1000), "-1,000");
  EXPECT_EQ(format_count(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(FormatDuration, NamesTwoUnits) {
  EXPECT_EQ(format_duration(0.42), "0.42 s");
  EXPECT_EQ(format_duration(42), "42.0 s");
  EXPECT_EQ(format_duration(59.6), "1m00s");
  EXPECT_EQ(format_duration(125), "2m05s");
  EXPECT_EQ(format_duration(13800), "3h50m");
  EXPECT_EQ(format_duration(3599.9), "1h00m");
  EXPECT_EQ(format_duration(-125), "-2m05s");
  EXPECT_EQ(format_duration(NAN), "unknown");
}

TEST(FormatNumber, IsShort) {
  EXPECT_EQ(format_number(0.0002), "0.0002");
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(10), "10");
  EXPECT_EQ(format_number(1e39), "1e39");
  EXPECT_EQ(format_number(2.5e-6), "2.5e-6");
  EXPECT_EQ(format_number(-0.0), "-0");
}

TEST(FormatNumber, ReadsBackAsTheSameDouble) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 20000; ++trial) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) {
      ASSERT_EQ(std::strtod(format_number(value).c_str(), nullptr), value);
    }
  }
}

TEST(Printable, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a b/\xC3\xA4"), "a b/\xC3\xA4");
  EXPECT_EQ(printable("a\nb\t\"\\"), "a\\nb\\t\\\"\\\\");
  EXPECT_EQ(printable("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(printable("caf\xE9"), "caf\\xe9");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
}

TEST(FirstInvalidUtf8, FindsOverlongFormsSurrogatesAndCuts) {
  EXPECT_EQ(first_invalid_utf8("a\xF0\x9F\x98\x80\xEF\xBF\xBF"), std::string::npos);
  EXPECT_EQ(first_invalid_utf8("a\xC0\x80"), 1U);
  EXPECT_EQ(first_invalid_utf8("\xE0\x80\x80"), 0U);
  EXPECT_EQ(first_invalid_utf8("ab\xED\xA0\x80"), 2U);
  EXPECT_EQ(first_invalid_utf8("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(first_invalid_utf8("abc\xE2\x82"), 3U);
}

TEST(Nearest, FindsTyposAndSwaps) {
  const std::vector<std::string> words = {"learning_rate", "beta1", "adam", "sgd"};
  EXPECT_EQ(nearest("learning_rte", words), "learning_rate");
  EXPECT_EQ(nearest("adma", words), "adam");
  EXPECT_EQ(nearest("beta2", words), "beta1");
  EXPECT_EQ(nearest("momentum", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(did_you_mean("adma", words), "; did you mean \"adam\"?");
  EXPECT_EQ(did_you_mean("xyz", words), "");
}

TEST(Join, PutsSeparatorsBetween) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
}

}  // namespace
}  // namespace gantrain
