#pragma once

#include <string_view>

namespace gantrain {

// Whether the bytes are UTF-8 as Python decodes it: shortest forms, no surrogates, up to U+10FFFF.
bool is_valid_utf8(std::string_view text);

}  // namespace gantrain
