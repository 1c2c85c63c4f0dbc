#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantrain {

// Where a piece of configuration comes from. Later layers override earlier ones: bases < file <
// --set.
struct JsonSource {
  enum class Kind { kBase, kFile, kOverride };
  std::string name;              // for messages: the file, or "--set key=value"
  std::filesystem::path folder;  // relative paths start here; empty: the current folder
  Kind kind = Kind::kFile;
  int layer = 0;
};

// A position in a source; line and column count from 1, columns in characters.
struct JsonPlace {
  std::shared_ptr<const JsonSource> source;
  int line = 0;
  int column = 0;

  bool is_override() const {
    return source != nullptr && source->kind == JsonSource::Kind::kOverride;
  }
  std::string text() const;  // "file:line:col" or "--set key=value"
};

struct JsonMember;

// A JSON value that remembers where it was written. Members keep the order of the file.
struct JsonNode {
  // kOverride is the untyped right side of a --set: its option says what it must be.
  enum class Kind { kNull, kBoolean, kNumber, kText, kArray, kObject, kOverride };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  // of a text or an override; of a number its digits as written
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;
  JsonPlace place;

  static JsonNode of_text(std::string text);
  static JsonNode of_number(std::string digits);
  static JsonNode of_boolean(bool value);
  static JsonNode array();
  static JsonNode object();

  const JsonNode* find(std::string_view key) const;
  // Appends a member to an object and returns its value.
  JsonNode& add(std::string key, JsonNode value);
};

struct JsonMember {
  std::string key;
  JsonPlace key_place;
  JsonNode value;
};

// `text` in double quotes with JSON's escapes.
std::string json_quoted(const std::string& text);

// One line without blanks at the ends: {"a": 1, "b": [2, 3]}.
std::string json_line(const JsonNode& node);

// Indented by 2; arrays of plain values stand on one line.
std::string json_pretty(const JsonNode& node);

// How a message names a value: 3.7, "five", null, an array, an object. Long ones are cut.
std::string json_short(const JsonNode& node);

}  // namespace gantrain
