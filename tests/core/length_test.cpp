#include "gantrain/core/length.h"

#include <regex.h>

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

struct Accepted {
  const char* text;
  Length length;
};
const Accepted kAccepted[] = {
    {"200 steps", {200, LengthUnit::kSteps}},     {"1 step", {1, LengthUnit::kSteps}},
    {"1 epoch", {1, LengthUnit::kEpochs}},        {"0.5 epochs", {0.5, LengthUnit::kEpochs}},
    {"50 kimg", {50, LengthUnit::kKimg}},         {"50kimg", {50, LengthUnit::kKimg}},
    {"10 min", {600, LengthUnit::kSeconds}},      {"3h50m", {13800, LengthUnit::kSeconds}},
    {"1 h 30 min", {5400, LengthUnit::kSeconds}}, {"2m05s", {125, LengthUnit::kSeconds}},
    {"90 s", {90, LengthUnit::kSeconds}},         {"never", {}},
};
const char* const kRefused[] = {"",
                                "200",
                                "steps",
                                "-1 steps",
                                "0 steps",
                                "1e3 steps",
                                "1 stepz",
                                " 1 step",
                                "1 step ",
                                "1.5 steps",
                                "1. epochs",
                                ".5 epochs",
                                "1 Epoch",
                                "5 m 3 h",
                                "3 h 4 epochs",
                                "1 epoch 2 epochs",
                                "nan steps",
                                "99999999999999999999 steps",
                                "3h50"};

TEST(Length, ParsesWhatPeopleWrite) {
  for (const Accepted& accepted : kAccepted) {
    EXPECT_EQ(parse_length(accepted.text), accepted.length) << accepted.text;
  }
}

TEST(Length, RefusesTheRest) {
  for (const char* text : kRefused) {
    EXPECT_THROW(parse_length(text), std::invalid_argument) << text;
  }
}

TEST(Length, SaysWhatIsAllowed) {
  try {
    parse_length("200");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "no unit (got \"200\"), expected a count with its unit: \"200 steps\", \"1 "
                 "epoch\", \"50 kimg\", \"10 min\", \"3h50m\" or \"never\"");
  }
}

// POSIX's and not std::regex, which GCC 12 warns about under the sanitizers. The pattern means the
// same to both.
class Pattern {
 public:
  Pattern() { EXPECT_EQ(regcomp(&compiled_, length_pattern(), REG_EXTENDED | REG_NOSUB), 0); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { regfree(&compiled_); }
  bool matches(const char* text) const { return regexec(&compiled_, text, 0, nullptr, 0) == 0; }

 private:
  regex_t compiled_ = {};
};

TEST(Length, PatternAgreesWithTheParser) {
  const Pattern pattern;
  for (const Accepted& accepted : kAccepted) {
    EXPECT_TRUE(pattern.matches(accepted.text)) << accepted.text;
  }
  // What depends on values is the parser's alone.
  for (const std::string text : kRefused) {
    if (text != "0 steps" && text != "5 m 3 h" && !text.starts_with("9999")) {
      EXPECT_FALSE(pattern.matches(text.c_str())) << text;
    }
  }
}

TEST(Length, TextReadsBackEqual) {
  EXPECT_EQ(to_string(Length{1, LengthUnit::kEpochs}), "1 epoch");
  EXPECT_EQ(to_string(Length{200, LengthUnit::kSteps}), "200 steps");
  EXPECT_EQ(to_string(Length{600, LengthUnit::kSeconds}), "600 s");
  EXPECT_EQ(to_string(Length{}), "never");
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> amount(1e-6, 1e9);
  for (int trial = 0; trial < 1000; ++trial) {
    const Length length = {amount(random), LengthUnit::kKimg};
    EXPECT_EQ(parse_length(to_string(length)), length);
  }
}

}  // namespace
}  // namespace gantrain
