#include "config/json_node.h"

#include <nlohmann/json.hpp>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

bool is_plain(const JsonNode& node) {
  return node.kind != JsonNode::Kind::kArray && node.kind != JsonNode::Kind::kObject;
}

std::string plain_text(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::kBoolean:
      return node.boolean ? "true" : "false";
    case JsonNode::Kind::kNumber:
      return node.text;
    case JsonNode::Kind::kText:
    case JsonNode::Kind::kOverride:
      return json_quoted(node.text);
    default:
      return "null";
  }
}

void write_pretty(const JsonNode& node, size_t depth, std::string& out) {
  const bool object = node.kind == JsonNode::Kind::kObject;
  bool one_line = object ? node.members.empty() : true;
  for (const JsonNode& item : node.items) {
    one_line = one_line && is_plain(item);
  }
  if (one_line) {
    out += json_line(node);
    return;
  }
  const std::string indent(2 * depth + 2, ' ');
  out += object ? "{" : "[";
  const char* comma = "\n";
  for (const JsonMember& member : node.members) {
    out += comma + indent + json_quoted(member.key) + ": ";
    write_pretty(member.value, depth + 1, out);
    comma = ",\n";
  }
  for (const JsonNode& item : node.items) {
    out += comma + indent;
    write_pretty(item, depth + 1, out);
    comma = ",\n";
  }
  out += "\n" + std::string(2 * depth, ' ') + (object ? "}" : "]");
}

}  // namespace

std::string JsonPlace::text() const {
  if (source == nullptr || is_override() || line == 0) {
    return source == nullptr ? "" : source->name;
  }
  return source->name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

JsonNode JsonNode::of_text(std::string text) {
  JsonNode node;
  node.kind = Kind::kText;
  node.text = std::move(text);
  return node;
}

JsonNode JsonNode::of_number(std::string digits) {
  JsonNode node;
  node.kind = Kind::kNumber;
  node.text = std::move(digits);
  return node;
}

JsonNode JsonNode::of_boolean(bool value) {
  JsonNode node;
  node.kind = Kind::kBoolean;
  node.boolean = value;
  return node;
}

JsonNode JsonNode::array() {
  JsonNode node;
  node.kind = Kind::kArray;
  return node;
}

JsonNode JsonNode::object() {
  JsonNode node;
  node.kind = Kind::kObject;
  return node;
}

const JsonNode* JsonNode::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) {
      return &member.value;
    }
  }
  return nullptr;
}

JsonNode& JsonNode::add(std::string key, JsonNode value) {
  members.push_back({std::move(key), {}, std::move(value)});
  return members.back().value;
}

std::string json_quoted(const std::string& text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_line(const JsonNode& node) {
  if (is_plain(node)) {
    return plain_text(node);
  }
  const bool object = node.kind == JsonNode::Kind::kObject;
  std::string text = object ? "{" : "[";
  const char* comma = "";
  for (const JsonMember& member : node.members) {
    text += comma + json_quoted(member.key) + ": " + json_line(member.value);
    comma = ", ";
  }
  for (const JsonNode& item : node.items) {
    text += comma + json_line(item);
    comma = ", ";
  }
  return text + (object ? "}" : "]");
}

std::string json_pretty(const JsonNode& node) {
  std::string text;
  write_pretty(node, 0, text);
  return text + "\n";
}

std::string json_short(const JsonNode& node) {
  constexpr size_t kLongest = 60;
  if (!is_plain(node)) {
    return node.kind == JsonNode::Kind::kObject ? "an object" : "an array";
  }
  if (node.kind == JsonNode::Kind::kText || node.kind == JsonNode::Kind::kOverride) {
    const bool cut = node.text.size() > kLongest;
    size_t end = std::min(kLongest, node.text.size());
    while (cut && end > 0 && (static_cast<unsigned char>(node.text[end]) & 0xC0) == 0x80) {
      --end;
    }
    return "\"" + printable(node.text.substr(0, end)) + (cut ? "...\"" : "\"");
  }
  const std::string text = plain_text(node);
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

}  // namespace gantrain
