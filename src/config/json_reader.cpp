#include "config/json_reader.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "gantrain/core/text.h"

#include "config/source_text.h"

namespace gantrain {
namespace {

using nlohmann::json;

// How long the number at the front of `text` is; 0 when there is none.
size_t number_length(std::string_view text) {
  size_t at = 0;
  const auto next = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto digits = [&] {
    const size_t first = at;
    while (next() >= '0' && next() <= '9') {
      ++at;
    }
    return at > first;
  };
  at += next() == '-' ? 1 : 0;
  if (next() == '0') {
    ++at;
  } else if (!digits()) {
    return 0;
  }
  if (next() == '.') {
    ++at;
    if (!digits()) {
      return 0;
    }
  }
  if (next() == 'e' || next() == 'E') {
    ++at;
    at += next() == '+' || next() == '-' ? 1 : 0;
    if (!digits()) {
      return 0;
    }
  }
  return at;
}

// Walks over the text and says how far the lexer has come.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* count) : at_(at), count_(count) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  size_t* count_;
};

// Builds the tree from nlohmann's events. The start of each token is found by skipping blanks,
// comments and separators from the end of the token before it.
class TreeBuilder {
 public:
  TreeBuilder(const SourceText& text, const std::shared_ptr<const JsonSource>& source)
      : text_(text), source_(source), end_(text.begin()), consumed_(text.begin()) {}

  JsonNode parse() {
    const std::string_view all = text_.text();
    const CountingIterator first(all.data() + consumed_, &consumed_);
    const CountingIterator last(all.data() + all.size(), &consumed_);
    json::sax_parse(first, last, this, json::input_format_t::json, true, true);
    return std::move(root_);
  }

  // The events of nlohmann::json_sax.
  bool null() { return value(JsonNode(), 4); }
  bool boolean(bool flag) { return value(JsonNode::of_boolean(flag), flag ? 4 : 5); }
  bool number_integer(json::number_integer_t) { return number(); }
  bool number_unsigned(json::number_unsigned_t) { return number(); }
  bool number_float(json::number_float_t, const std::string&) { return number(); }
  bool string(std::string& text) {
    const size_t start = next_token();
    check_text(text, start);
    return value(JsonNode::of_text(std::move(text)), consumed_ - start);
  }
  bool binary(json::binary_t&) { return false; }
  bool start_object(size_t) { return open(JsonNode::object()); }
  bool start_array(size_t) { return open(JsonNode::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name);
  bool parse_error(size_t, const std::string&, const json::exception& problem);

 private:
  struct Frame {
    JsonNode node;
    size_t start;
    std::map<std::string, size_t> keys;  // of an object, with their offsets
  };

  size_t next_token() const { return text_.skip_separators(end_); }
  JsonPlace place(size_t offset) const {
    const auto [line, column] = text_.line_and_column(offset);
    return {source_, line, column};
  }
  std::string path() const;
  bool number();
  bool value(JsonNode node, size_t length);
  bool open(JsonNode node);
  bool close();
  void attach(JsonNode node);
  void check_text(const std::string& text, size_t start) const;
  std::string expected(char separator) const;
  [[noreturn]] void fail_syntax(size_t at, const std::string& what) const;
  [[noreturn]] void fail_token(size_t at, char separator) const;

  const SourceText& text_;
  const std::shared_ptr<const JsonSource>& source_;
  std::vector<Frame> frames_;
  JsonNode root_;
  bool has_root_ = false;
  bool after_key_ = false;
  size_t end_;       // of the last token
  size_t consumed_;  // by the lexer
};

std::string TreeBuilder::path() const {
  std::string path;
  for (const Frame& frame : frames_) {
    if (frame.node.kind == JsonNode::Kind::kArray) {
      path += "[" + std::to_string(frame.node.items.size()) + "]";
    } else if (!frame.node.members.empty()) {
      path += (path.empty() ? "" : ".") + printable(frame.node.members.back().key);
    }
  }
  return path;
}

bool TreeBuilder::number() {
  const size_t start = next_token();
  const std::string_view digits = text_.text().substr(start);
  const size_t length = number_length(digits);
  return value(JsonNode::of_number(std::string(digits.substr(0, length))), length);
}

bool TreeBuilder::value(JsonNode node, size_t length) {
  const size_t start = next_token();
  node.place = place(start);
  end_ = start + length;
  attach(std::move(node));
  return true;
}

bool TreeBuilder::open(JsonNode node) {
  const size_t start = next_token();
  if (frames_.size() == kDeepestConfig) {
    throw config_error(place(start), "", "nested deeper than " + std::to_string(kDeepestConfig));
  }
  node.place = place(start);
  end_ = start + 1;
  frames_.push_back({std::move(node), start, {}});
  after_key_ = false;
  return true;
}

bool TreeBuilder::close() {
  end_ = next_token() + 1;
  JsonNode node = std::move(frames_.back().node);
  frames_.pop_back();
  attach(std::move(node));
  return true;
}

void TreeBuilder::attach(JsonNode node) {
  after_key_ = false;
  if (frames_.empty()) {
    root_ = std::move(node);
    has_root_ = true;
  } else if (frames_.back().node.kind == JsonNode::Kind::kArray) {
    frames_.back().node.items.push_back(std::move(node));
  } else {
    frames_.back().node.members.back().value = std::move(node);
  }
}

bool TreeBuilder::key(std::string& name) {
  const size_t start = next_token();
  check_text(name, start);
  Frame& frame = frames_.back();
  const auto [earlier, is_new] = frame.keys.emplace(name, start);
  frame.node.members.push_back({std::move(name), place(start), {}});
  if (!is_new) {
    throw config_error(place(start), path(),
                       "duplicate key (first on line " +
                           std::to_string(text_.line_and_column(earlier->second).first) +
                           ", again on line " + std::to_string(text_.line_and_column(start).first) +
                           "). Keep one of them");
  }
  end_ = consumed_;
  after_key_ = true;
  return true;
}

void TreeBuilder::check_text(const std::string& text, size_t start) const {
  if (text.find('\0') != std::string::npos) {
    throw config_error(place(start), path(), "holds the character \\u0000, which no text may");
  }
}

bool TreeBuilder::parse_error(size_t, const std::string&, const json::exception& problem) {
  constexpr int kNumberTooLarge = 406;
  // Separators before the last token the lexer took were fine; that token is the culprit.
  size_t at = end_;
  char separator = '\0';
  while (true) {
    const size_t comment = text_.unclosed_comment(at);
    if (comment != std::string_view::npos) {
      fail_syntax(comment, "comment without an end (expected \"*/\")");
    }
    at = text_.skip_blanks(at);
    const char next = text_.at(at);
    if ((next != ',' && next != ':') || at + 1 >= consumed_) {
      break;
    }
    separator = next;
    ++at;
  }
  if (problem.id == kNumberTooLarge) {
    throw config_error(place(at), path(),
                       "number not representable (got " + text_.word(at) +
                           ", expected a magnitude below 1.8e308)");
  }
  const std::string_view what = problem.what();
  if (text_.at(at) == '"' && what.find("invalid string") != std::string_view::npos) {
    const size_t reason = what.find("surrogate");
    if (what.find("missing closing quote") != std::string_view::npos ||
        what.find("U+000A") != std::string_view::npos ||
        what.find("U+000D") != std::string_view::npos) {
      fail_syntax(at, "text without a closing quote");
    }
    if (reason != std::string_view::npos) {
      fail_syntax(at, "lone surrogate in a text: not UTF-8 at byte " + std::to_string(consumed_) +
                          " (expected a pair such as \\ud83d\\ude00)");
    }
    fail_syntax(consumed_ - 1,
                what.find("control character") != std::string_view::npos
                    ? "control character in a text (expected an escape such as \\t)"
                    : "wrong escape in a text (expected \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u "
                      "with 4 hex digits)");
  }
  fail_token(at, separator);
}

std::string TreeBuilder::expected(char separator) const {
  if (frames_.empty()) {
    return has_root_ ? "nothing after the object" : "an object";
  }
  const JsonNode& node = frames_.back().node;
  const bool object = node.kind == JsonNode::Kind::kObject;
  if (object && after_key_) {
    return separator == ':' ? "a value" : "\":\" after the key";
  }
  const std::string end = object ? "\"}\"" : "\"]\"";
  if (separator == ',') {
    return object ? "a key in double quotes" : "a value";
  }
  const bool empty = object ? node.members.empty() : node.items.empty();
  return (!empty ? "\",\"" : object ? "a key in double quotes" : "a value") + (" or " + end);
}

void TreeBuilder::fail_token(size_t at, char separator) const {
  const std::string wanted = expected(separator);
  const char next = text_.at(at);
  const std::string word = text_.word(at);
  if (at >= text_.text().size()) {
    if (frames_.empty()) {
      fail_syntax(at, "no object in this file");
    }
    const JsonPlace start = place(frames_.back().start);
    const bool object = frames_.back().node.kind == JsonNode::Kind::kObject;
    fail_syntax(at, std::string("the file ends inside the ") + (object ? "object" : "array") +
                        " that starts on line " + std::to_string(start.line) + ", column " +
                        std::to_string(start.column) + " (expected " + wanted + ")");
  }
  std::string hint;
  if (next == '\'') {
    hint = ". Texts stand in double quotes";
  } else if (separator == ',' && (next == '}' || next == ']')) {
    hint = ". Remove the comma before it";
  } else if (word == "NaN" || word == "nan" || word.ends_with("Infinity") || word == "inf") {
    hint = ". JSON has no such number";
  } else if (word == "True" || word == "False") {
    hint = ". Write true or false";
  } else if (word == "None") {
    hint = ". Leave the key out for its default";
  } else if ((next >= '0' && next <= '9') || next == '.' || next == '+' || next == '-') {
    hint = is_json_number(word) ? "" : ". Numbers are written like 12, 0.5 or 1e-4";
  } else if (next == '#' || next == ';') {
    hint = ". Comments start with //";
  }
  std::string got = json_short(JsonNode::of_text(word));
  if (next == '"') {
    got = "a text";
  }
  fail_syntax(at, "syntax error (got " + got + ", expected " + wanted + ")" + hint);
}

void TreeBuilder::fail_syntax(size_t at, const std::string& what) const {
  const Error error = config_error(place(at), "", what);
  throw Error(error.kind(), std::string(error.what()) + "\n" + text_.excerpt(at));
}

}  // namespace

Error config_error(const JsonPlace& place, const std::string& key, const std::string& what) {
  const std::string where = place.text();
  const std::string path = key.empty() || place.is_override() ? "" : key + ": ";
  return Error(ErrorKind::kConfig, where + (where.empty() ? "" : ": ") + path + what);
}

bool is_json_number(std::string_view text) {
  return !text.empty() && number_length(text) == text.size();
}

JsonNode read_json(std::string_view text, const std::shared_ptr<const JsonSource>& source) {
  const JsonPlace whole = {source, 0, 0};
  if (text.size() > kLargestConfig) {
    throw config_error(whole, "", "larger than 1 MiB");
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw config_error(whole, "", "not UTF-8 at byte 0 (it looks like UTF-16). Save it as UTF-8");
  }
  const size_t bad = std::min(first_invalid_utf8(text), text.find('\0'));
  if (bad != std::string_view::npos) {
    const SourceText valid(text.substr(0, bad));
    const auto [line, column] = valid.line_and_column(bad);
    throw config_error({source, line, column}, "",
                       text[bad] == '\0'
                           ? "NUL byte at byte " + std::to_string(bad) + "; not a text file"
                           : "not UTF-8 at byte " + std::to_string(bad) + ". Save it as UTF-8");
  }
  const SourceText source_text(text);
  if (source_text.is_blank()) {
    throw config_error(whole, "", "empty file; see `gantrain config init`");
  }
  return TreeBuilder(source_text, source).parse();
}

}  // namespace gantrain
