#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace gantrain {

static_assert(std::endian::native == std::endian::little, "files are little-endian, read in place");

template <typename Integer>
Integer load_little(const char* bytes) {
  Integer value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <typename Integer>
void append_little(std::string& out, Integer value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

}  // namespace gantrain
