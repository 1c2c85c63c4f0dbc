#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantrain {

// The text of a JSON file with comments, by byte offsets.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  size_t begin() const { return begin_; }  // after a byte order mark
  char at(size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  bool is_blank() const;

  // The first offset from `offset` on that is no blank and no comment.
  size_t skip_blanks(size_t offset) const;
  // Nor one of "," and ":".
  size_t skip_separators(size_t offset) const;
  // The start of a comment without an end that follows `offset` and blanks, or npos.
  size_t unclosed_comment(size_t offset) const;

  // Line and column (in characters), counted from 1.
  std::pair<int, int> line_and_column(size_t offset) const;

  // The word, number or character that starts at `offset`.
  std::string word(size_t offset) const;

  // The line of `offset` with a caret under it; long lines are cut.
  std::string excerpt(size_t offset) const;

 private:
  size_t end_of_comment(size_t offset) const;
  size_t line_start(size_t offset) const;

  std::string_view text_;
  size_t begin_ = 0;
  std::vector<size_t> line_starts_;
};

}  // namespace gantrain
