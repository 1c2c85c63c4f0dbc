#include "gantrain/core/length.h"

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr double kLargestAmount = 1e15;

struct UnitWord {
  std::string_view word;
  LengthUnit unit;
  double factor;
};

constexpr std::array kUnitWords = {
    UnitWord{"step", LengthUnit::kSteps, 1},       UnitWord{"steps", LengthUnit::kSteps, 1},
    UnitWord{"epoch", LengthUnit::kEpochs, 1},     UnitWord{"epochs", LengthUnit::kEpochs, 1},
    UnitWord{"kimg", LengthUnit::kKimg, 1},        UnitWord{"s", LengthUnit::kSeconds, 1},
    UnitWord{"sec", LengthUnit::kSeconds, 1},      UnitWord{"second", LengthUnit::kSeconds, 1},
    UnitWord{"seconds", LengthUnit::kSeconds, 1},  UnitWord{"m", LengthUnit::kSeconds, 60},
    UnitWord{"min", LengthUnit::kSeconds, 60},     UnitWord{"minute", LengthUnit::kSeconds, 60},
    UnitWord{"minutes", LengthUnit::kSeconds, 60}, UnitWord{"h", LengthUnit::kSeconds, 3600},
    UnitWord{"hour", LengthUnit::kSeconds, 3600},  UnitWord{"hours", LengthUnit::kSeconds, 3600},
};

[[noreturn]] void fail(const std::string& what) {
  throw std::invalid_argument(what +
                              ", expected a count with its unit: \"200 steps\", \"1 epoch\", "
                              "\"50 kimg\", \"10 min\", \"3h50m\" or \"never\"");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes one part, such as "3h" or "200 steps", from the front of `rest`.
Length take_part(std::string_view& rest, const std::string& got) {
  size_t end = 0;
  while (end < rest.size() && (is_digit(rest[end]) || rest[end] == '.')) {
    ++end;
  }
  const std::string_view digits = rest.substr(0, end);
  double amount = 0;
  const auto [stop, status] =
      std::from_chars(digits.data(), digits.data() + end, amount, std::chars_format::fixed);
  if (digits.empty() || !is_digit(digits.front()) || !is_digit(digits.back()) ||
      status != std::errc() || stop != digits.data() + end) {
    fail(got);
  }
  rest.remove_prefix(end);
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  size_t letters = 0;
  while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') {
    ++letters;
  }
  if (letters == 0) {
    fail(rest.empty() ? "no unit (got " + got.substr(4) + ")" : got);
  }
  for (const UnitWord& candidate : kUnitWords) {
    if (candidate.word == rest.substr(0, letters)) {
      rest.remove_prefix(letters);
      return {amount * candidate.factor, candidate.unit};
    }
  }
  fail("unknown unit \"" + std::string(rest.substr(0, letters)) + "\" (" + got + ")");
}

std::string plain_number(double value) {
  std::array<char, 512> buffer;
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

}  // namespace

Length parse_length(std::string_view text) {
  if (text == "never") {
    return {};
  }
  const std::string got = "got \"" + printable(text.substr(0, 80)) + "\"";
  std::string_view rest = text;
  Length length = take_part(rest, got);
  // Times may have several parts, each smaller than the one before: 3h50m, 1 h 30 min, 2m05s.
  double previous = length.amount;
  while (!rest.empty()) {
    while (!rest.empty() && rest.front() == ' ') {
      rest.remove_prefix(1);
    }
    const Length part = take_part(rest, got);
    if (length.unit != LengthUnit::kSeconds || part.unit != LengthUnit::kSeconds ||
        part.amount >= previous) {
      fail(got);
    }
    length.amount += part.amount;
    previous = part.amount;
  }
  if (length.amount <= 0) {
    throw std::invalid_argument("not above zero (" + got + "); write \"never\" for none");
  }
  if (length.amount > kLargestAmount) {
    throw std::invalid_argument("too long (" + got + ")");
  }
  if (length.unit == LengthUnit::kSteps && length.amount != std::floor(length.amount)) {
    throw std::invalid_argument("steps are whole (" + got + ")");
  }
  return length;
}

const char* length_pattern() {
  return "^(never|[0-9]+ *steps?|[0-9]+([.][0-9]+)? *(epochs?|kimg)|"
         "[0-9]+([.][0-9]+)? *(s|sec|seconds?|m|min|minutes?|h|hours?)"
         "( *[0-9]+([.][0-9]+)? *(s|sec|seconds?|m|min|minutes?))*)$";
}

std::string to_string(const Length& length) {
  if (length.never()) {
    return "never";
  }
  const char* plural = length.amount == 1 ? "" : "s";
  const std::string amount = plain_number(length.amount);
  switch (length.unit) {
    case LengthUnit::kSteps:
      return amount + " step" + plural;
    case LengthUnit::kEpochs:
      return amount + " epoch" + plural;
    case LengthUnit::kKimg:
      return amount + " kimg";
    case LengthUnit::kSeconds:
      return amount + " s";
  }
  return amount;
}

}  // namespace gantrain
