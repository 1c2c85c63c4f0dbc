#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantrain {

// Words for people, the same under every locale.

std::string format_bytes(uint64_t bytes);     // "11.6 MB" (powers of 1000), "512 B"
std::string format_count(int64_t count);      // "3,576,704"
std::string format_duration(double seconds);  // "3h50m", "2m05s", "0.42 s"
std::string format_number(double value);      // shortest text that reads back as the same double
std::string join(const std::vector<std::string>& words, std::string_view separator);

// A path or a name from outside, safe to print: control characters, quotes and invalid UTF-8 come
// out as escapes.
std::string printable(std::string_view text);

// Where the first byte stands that is not well-formed UTF-8 (surrogates and overlong forms
// included), or npos.
size_t first_invalid_utf8(std::string_view text);

// The candidate that the writer of `word` most likely meant, or "" when none is near
// (Damerau-Levenshtein distance at most a third of the length, at least one).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean "x"?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace gantrain
