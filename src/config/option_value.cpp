#include "config/option_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "gantrain/core/text.h"

#include "config/json_reader.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;
using Kind = JsonNode::Kind;

std::string integer_range(const Option& option, const std::string& noun) {
  const bool low = option.minimum_integer != std::numeric_limits<int64_t>::min();
  const bool high = option.maximum_integer != std::numeric_limits<int64_t>::max();
  const std::string minimum = std::to_string(option.minimum_integer);
  const std::string maximum = std::to_string(option.maximum_integer);
  // The largest seed is 2^63-1 and worth saying when the lower bound is.
  return low    ? noun + " from " + minimum + " to " + maximum
         : high ? noun + " up to " + maximum
                : noun;
}

std::string number_range(const Option& option, const std::string& noun) {
  const bool low = option.minimum_number != std::numeric_limits<double>::lowest();
  const bool high = option.maximum_number != std::numeric_limits<double>::max();
  const std::string minimum = format_number(option.minimum_number);
  const std::string maximum = format_number(option.maximum_number);
  if (low && high && !option.minimum_excluded && !option.maximum_excluded) {
    return noun + " from " + minimum + " to " + maximum;
  }
  std::string text = noun;
  if (low) {
    text += (option.minimum_excluded ? " above " : " of at least ") + minimum;
  }
  if (high) {
    text += std::string(low ? " and" : "") +
            (option.maximum_excluded ? " below " : " of at most ") + maximum;
  }
  return text;
}

std::string array_of(const Option& option, const std::string& items) {
  const std::string low = std::to_string(option.minimum_items);
  const std::string high = std::to_string(option.maximum_items);
  const std::string count = option.minimum_items == option.maximum_items ? low
                            : option.minimum_items == 0                  ? "at most " + high
                                                                         : low + " to " + high;
  return "an array of " + count + " " + items;
}

// One value on its way into an option.
struct Reading {
  const Option& option;
  const JsonNode& node;
  const std::string& key;

  [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const {
    throw config_error(
        node.place, key,
        what + " (got " + json_short(node) + ", expected " + describe_allowed(option) + ")" + hint);
  }
  void require(Kind kind) const {
    if (node.kind == Kind::kNull) {
      fail("null is not allowed", ". Leave the key out for its default");
    }
    if (node.kind != kind) {
      const bool quoted_number =
          kind == Kind::kNumber && node.kind == Kind::kText && is_json_number(node.text);
      const bool bare_item = kind == Kind::kArray && node.place.is_override();
      fail("wrong type", quoted_number ? ". Numbers stand without quotes"
                         : bare_item   ? ". Write it as [1, 2]"
                                       : "");
    }
  }
};

bool read_boolean(const Reading& reading) {
  reading.require(Kind::kBoolean);
  return reading.node.boolean;
}

int64_t read_integer(const Reading& reading) {
  reading.require(Kind::kNumber);
  const std::string& digits = reading.node.text;
  if (digits.find_first_of(".eE") != std::string::npos) {
    reading.fail("not an integer");
  }
  int64_t value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status != std::errc() || value < reading.option.minimum_integer ||
      value > reading.option.maximum_integer) {
    reading.fail("out of range");
  }
  return value;
}

double read_number(const Reading& reading) {
  reading.require(Kind::kNumber);
  const std::string& digits = reading.node.text;
  const Option& option = reading.option;
  double value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status != std::errc() || !std::isfinite(value)) {
    reading.fail("number not representable");
  }
  if (value < option.minimum_number || value > option.maximum_number ||
      (option.minimum_excluded && value == option.minimum_number) ||
      (option.maximum_excluded && value == option.maximum_number)) {
    reading.fail("out of range");
  }
  return value;
}

std::string read_text(const Reading& reading) {
  reading.require(Kind::kText);
  if (reading.node.text.empty() && !reading.option.allow_empty_text) {
    reading.fail("must not be empty");
  }
  return reading.node.text;
}

std::string read_path(const Reading& reading) {
  const std::string text = read_text(reading);
  if (text.empty()) {
    return "";
  }
  const JsonSource* source = reading.node.place.source.get();
  const fs::path path = source == nullptr ? fs::path(text) : source->folder / text;
  std::error_code error;
  const fs::path whole = fs::absolute(path, error).lexically_normal();
  if (error) {
    reading.fail("cannot be made absolute: " + error.message());
  }
  const std::string resolved = whole.string();
  const bool slash = resolved.size() > 1 && resolved.back() == '/';
  return slash ? resolved.substr(0, resolved.size() - 1) : resolved;
}

std::string read_choice(const Reading& reading) {
  const std::vector<std::string>& choices = reading.option.choices;
  reading.require(Kind::kText);
  const std::string& word = reading.node.text;
  if (std::find(choices.begin(), choices.end(), word) == choices.end()) {
    reading.fail("not one of the choices", did_you_mean(word, choices));
  }
  return word;
}

Length read_length(const Reading& reading) {
  reading.require(Kind::kText);
  Length length;
  try {
    length = parse_length(reading.node.text);
  } catch (const std::invalid_argument& error) {
    throw config_error(reading.node.place, reading.key,
                       std::string("not a length: ") + error.what());
  }
  if (length.never() && !reading.option.allow_never) {
    reading.fail("\"never\" is not allowed here");
  }
  return length;
}

template <typename Item>
std::vector<Item> read_array(const Reading& reading, Item (*read_item)(const Reading&)) {
  reading.require(Kind::kArray);
  const std::vector<JsonNode>& items = reading.node.items;
  const Option& option = reading.option;
  if (items.size() < option.minimum_items || items.size() > option.maximum_items) {
    throw config_error(reading.node.place, reading.key,
                       "wrong number of items (got " + std::to_string(items.size()) +
                           ", expected " + describe_allowed(option) + ")");
  }
  // Items are read by the rules of a single value of the same kind.
  Option single = option;
  single.type = option.type == OptionType::kIntegers  ? OptionType::kInteger
                : option.type == OptionType::kNumbers ? OptionType::kNumber
                                                      : OptionType::kText;
  std::vector<Item> values;
  for (const JsonNode& item : items) {
    const std::string key = reading.key + "[" + std::to_string(values.size()) + "]";
    values.push_back(read_item({single, item, key}));
  }
  return values;
}

void set_place(JsonNode& node, const JsonPlace& place) {
  node.place = place;
  for (JsonNode& item : node.items) {
    set_place(item, place);
  }
}

// What the right side of a --set means for this option, as JSON.
JsonNode typed_override(const Option& option, const JsonNode& node) {
  JsonNode typed = JsonNode::of_text(node.text);
  switch (option.type) {
    case OptionType::kBoolean:
      if (node.text == "true" || node.text == "false") {
        typed = JsonNode::of_boolean(node.text == "true");
      }
      break;
    case OptionType::kInteger:
    case OptionType::kNumber:
      if (is_json_number(node.text)) {
        typed = JsonNode::of_number(node.text);
      }
      break;
    case OptionType::kIntegers:
    case OptionType::kNumbers:
    case OptionType::kTexts:
      if (node.text.starts_with("[")) {
        typed = read_json(node.text, node.place.source);
      }
      break;
    default:
      break;
  }
  set_place(typed, node.place);
  return typed;
}

}  // namespace

std::string quoted_alternatives(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "\"" : i + 1 == words.size() ? " or \"" : ", \"") + words[i] + "\"";
  }
  return text;
}

std::string describe_allowed(const Option& option) {
  switch (option.type) {
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kInteger:
      return integer_range(option, "an integer");
    case OptionType::kNumber:
      return number_range(option, "a number");
    case OptionType::kText:
      return option.allow_empty_text ? "a text" : "a text that is not empty";
    case OptionType::kPath:
      return "a path";
    case OptionType::kChoice:
      return quoted_alternatives(option.choices);
    case OptionType::kIntegers:
      return array_of(option, integer_range(option, "integers"));
    case OptionType::kNumbers:
      return array_of(option, number_range(option, "numbers"));
    case OptionType::kTexts:
      return array_of(option, "texts");
    case OptionType::kLength:
      return std::string("a length such as \"200 steps\", \"1 epoch\", \"50 kimg\" or \"10 min\"") +
             (option.allow_never ? ", or \"never\"" : "");
  }
  return "";
}

OptionValue parse_option_value(const Option& option, const JsonNode& node, const std::string& key) {
  if (node.kind == Kind::kOverride) {
    return parse_option_value(option, typed_override(option, node), key);
  }
  const Reading reading = {option, node, key};
  switch (option.type) {
    case OptionType::kBoolean:
      return read_boolean(reading);
    case OptionType::kInteger:
      return read_integer(reading);
    case OptionType::kNumber:
      return read_number(reading);
    case OptionType::kText:
      return read_text(reading);
    case OptionType::kPath:
      return read_path(reading);
    case OptionType::kChoice:
      return read_choice(reading);
    case OptionType::kIntegers:
      return read_array(reading, read_integer);
    case OptionType::kNumbers:
      return read_array(reading, read_number);
    case OptionType::kTexts:
      return read_array(reading, read_text);
    case OptionType::kLength:
      return read_length(reading);
  }
  return false;
}

namespace {

JsonNode plain_to_json(bool value) {
  return JsonNode::of_boolean(value);
}
JsonNode plain_to_json(int64_t value) {
  return JsonNode::of_number(std::to_string(value));
}
JsonNode plain_to_json(double value) {
  return JsonNode::of_number(format_number(value));
}
JsonNode plain_to_json(const std::string& value) {
  return JsonNode::of_text(value);
}
JsonNode plain_to_json(const Length& value) {
  return JsonNode::of_text(to_string(value));
}
template <typename Item>
JsonNode plain_to_json(const std::vector<Item>& values) {
  JsonNode array = JsonNode::array();
  for (const Item& value : values) {
    array.items.push_back(plain_to_json(value));
  }
  return array;
}

}  // namespace

JsonNode option_value_to_json(const OptionValue& value) {
  return std::visit([](const auto& plain) { return plain_to_json(plain); }, value);
}

}  // namespace gantrain
