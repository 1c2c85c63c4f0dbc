#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gantrain {

// Seeds as people write them: "7", "1,2,3", "0-63", "0-3,8". At most a million numbers, each 0 to
// 2^63 - 1. Throws Error(kUsage) that begins with `option`.
std::vector<int64_t> parse_number_list(const std::string& text, const std::string& option);

}  // namespace gantrain
