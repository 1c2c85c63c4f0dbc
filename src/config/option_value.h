#pragma once

#include <string>

#include "gantrain/core/option_table.h"

#include "config/json_node.h"

namespace gantrain {

// The value of `node` as the option wants it, checked. `key` is the whole key path, for messages.
// Nothing is coerced: 3.7 is no integer, "5" no number. Paths come out absolute and normal. Throws
// Error(kConfig).
OptionValue parse_option_value(const Option& option, const JsonNode& node, const std::string& key);

JsonNode option_value_to_json(const OptionValue& value);

// What is allowed: "an integer from 1 to 4096", "\"adam\" or \"sgd\"", "an array of 2 numbers above
// 0".
std::string describe_allowed(const Option& option);

// "\"a\", \"b\" or \"c\"".
std::string quoted_alternatives(const std::vector<std::string>& words);

}  // namespace gantrain
