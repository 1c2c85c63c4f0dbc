#pragma once

#include <string>
#include <string_view>

namespace gantrain {

// "a gzip file", "an HTML page" ...: what the first bytes of a file look like, or "". At least 512
// bytes where the file has them.
std::string kind_of_file(std::string_view start);

}  // namespace gantrain
