#include "config/source_text.h"

#include <algorithm>

namespace gantrain {
namespace {

bool is_blank_character(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '+' || c == '-' || c == '.' || c == '$';
}

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0} {
  begin_ = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  line_starts_[0] = begin_;
  for (size_t at = begin_; at < text.size(); ++at) {
    // "\r\n" and "\n" end lines, and so does an old "\r".
    if (text[at] == '\n' || (text[at] == '\r' && this->at(at + 1) != '\n')) {
      line_starts_.push_back(at + 1);
    }
  }
}

bool SourceText::is_blank() const {
  return std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(begin_), text_.end(),
                     is_blank_character);
}

// npos for a comment that never ends.
size_t SourceText::end_of_comment(size_t offset) const {
  if (at(offset + 1) == '*') {
    const size_t end = text_.find("*/", offset + 2);
    return end == std::string_view::npos ? end : end + 2;
  }
  return std::min(text_.find_first_of("\r\n", offset), text_.size());
}

size_t SourceText::skip_blanks(size_t offset) const {
  while (offset < text_.size()) {
    if (is_blank_character(text_[offset])) {
      ++offset;
    } else if (text_[offset] == '/' && (at(offset + 1) == '/' || at(offset + 1) == '*') &&
               end_of_comment(offset) != std::string_view::npos) {
      offset = end_of_comment(offset);
    } else {
      break;
    }
  }
  return offset;
}

size_t SourceText::skip_separators(size_t offset) const {
  offset = skip_blanks(offset);
  while (at(offset) == ',' || at(offset) == ':') {
    offset = skip_blanks(offset + 1);
  }
  return offset;
}

size_t SourceText::unclosed_comment(size_t offset) const {
  offset = skip_blanks(offset);
  return text_.substr(std::min(offset, text_.size())).starts_with("/*") ? offset
                                                                        : std::string_view::npos;
}

size_t SourceText::line_start(size_t offset) const {
  return *(std::upper_bound(line_starts_.begin() + 1, line_starts_.end(), offset) - 1);
}

std::pair<int, int> SourceText::line_and_column(size_t offset) const {
  const auto line = std::upper_bound(line_starts_.begin() + 1, line_starts_.end(), offset);
  const size_t start = line_start(offset);
  const std::string_view before =
      offset < start ? "" : text_.substr(start, std::min(offset, text_.size()) - start);
  const auto column = std::count_if(before.begin(), before.end(), starts_character);
  return {static_cast<int>(line - line_starts_.begin()), static_cast<int>(column) + 1};
}

std::string SourceText::word(size_t offset) const {
  size_t end = offset;
  while (is_word_character(at(end))) {
    ++end;
  }
  if (end == offset) {  // one character, whole
    do {
      ++end;
    } while (end < text_.size() && !starts_character(text_[end]));
  }
  return std::string(text_.substr(std::min(offset, text_.size()), end - offset));
}

std::string SourceText::excerpt(size_t offset) const {
  constexpr size_t kBefore = 70;
  constexpr size_t kAfter = 30;
  const size_t start = line_start(offset);
  const size_t end = std::min(text_.find_first_of("\r\n", start), text_.size());
  offset = std::min(offset, text_.size());
  size_t from = offset - start > kBefore ? offset - kBefore : start;
  size_t to = std::min(end, std::max(offset, from) + kAfter);
  while (from < offset && !starts_character(text_[from])) {
    ++from;
  }
  while (to < end && !starts_character(text_[to])) {
    ++to;
  }
  std::string line(text_.substr(from, to > from ? to - from : 0));
  for (char& c : line) {
    c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  const std::string_view before = text_.substr(from, std::min(offset, to) - from);
  const auto column = std::count_if(before.begin(), before.end(), starts_character);
  return "  " + line + "\n  " + std::string(static_cast<size_t>(column), ' ') + "^";
}

}  // namespace gantrain
