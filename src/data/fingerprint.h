#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantrain {

// The SHA-256 of several parts, as hexadecimal digits. Their lengths are part of it, so moving a
// byte from one part to the next changes it.
std::string fingerprint(const std::vector<std::string_view>& parts);

}  // namespace gantrain
