#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gantrain {

// Numbers in bytes, most significant first, whatever the machine.

// The number in the bytes at `offset`, most significant byte first; they must be there.
template <typename Integer>
Integer load_big(std::string_view bytes, size_t offset) {
  uint64_t value = 0;
  for (const char byte : bytes.substr(offset, sizeof(Integer))) {
    value = value << 8 | static_cast<uint8_t>(byte);
  }
  return static_cast<Integer>(value);
}

template <typename Integer>
void append_big(std::string& out, Integer value) {
  for (size_t i = sizeof value; i > 0; --i) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * (i - 1)) & 0xff));
  }
}

}  // namespace gantrain
