#include "commands/number_list.h"

#include <charconv>
#include <string_view>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr size_t kMostNumbers = 1'000'000;

[[noreturn]] void refuse(const std::string& text, const std::string& option) {
  throw Error(ErrorKind::kUsage,
              option + ": expected numbers such as 7, 1,2,3 or 0-63 (got " + printable(text) + ")");
}

int64_t parse_number(std::string_view word, const std::string& text, const std::string& option) {
  int64_t number = -1;
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (status != std::errc() || end != word.data() + word.size() || number < 0) {
    refuse(text, option);
  }
  return number;
}

}  // namespace

std::vector<int64_t> parse_number_list(const std::string& text, const std::string& option) {
  std::vector<int64_t> numbers;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    const std::string_view word = std::string_view(text).substr(start, end - start);
    const size_t dash = word.find('-');
    const int64_t first = parse_number(word.substr(0, dash), text, option);
    const int64_t last =
        dash == std::string_view::npos ? first : parse_number(word.substr(dash + 1), text, option);
    if (last < first || static_cast<uint64_t>(last - first) >= kMostNumbers - numbers.size()) {
      refuse(text, option);
    }
    for (int64_t i = 0; i <= last - first; ++i) {
      numbers.push_back(first + i);
    }
    start = end + 1;
  }
  return numbers;
}

}  // namespace gantrain
