#pragma once

#include <string>
#include <string_view>

namespace gantrain {

enum class LengthUnit { kSteps, kEpochs, kKimg, kSeconds };

// A length or an interval of a run, with its unit: "200 steps", "1 epoch", "50 kimg", "10 min",
// "3h50m"; "never" has amount 0. kSteps is a whole count, kEpochs and kKimg may be decimal (kimg =
// 1,000 images seen); kSeconds is wall-clock time.
struct Length {
  double amount = 0;
  LengthUnit unit = LengthUnit::kSteps;

  bool never() const { return amount <= 0; }
  bool operator==(const Length&) const = default;
};

// Parses what people write. Throws std::invalid_argument with a sentence on what is allowed.
Length parse_length(std::string_view text);

// What parse_length accepts, as a regular expression for JSON Schema (ECMA 262).
const char* length_pattern();

// "200 steps", "1 epoch", "50 kimg", "600 s", "never": parse_length(to_string(x)) == x.
std::string to_string(const Length& length);

}  // namespace gantrain
