#pragma once

#include <memory>
#include <string_view>

#include "gantrain/core/error.h"

#include "config/json_node.h"

namespace gantrain {

inline constexpr size_t kLargestConfig = size_t{1} << 20;
inline constexpr size_t kDeepestConfig = 64;

// "where: key.path: what". `key` may be empty; an override names its key itself.
Error config_error(const JsonPlace& place, const std::string& key, const std::string& what);

// Parses JSON with comments. Every key and value knows its line and column. Throws Error(kConfig)
// for what is not JSON (with the line and a caret), not UTF-8, deeper than kDeepestConfig, larger
// than kLargestConfig, and for a key that stands twice in one object.
JsonNode read_json(std::string_view text, const std::shared_ptr<const JsonSource>& source);

// Whether `text` is one number as JSON writes it.
bool is_json_number(std::string_view text);

}  // namespace gantrain
