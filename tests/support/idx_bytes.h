#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/deflated.h"

namespace gantrain {

// The bytes of an IDX file of unsigned bytes. `elements` need not fit the shape.
inline std::string idx_bytes(const std::vector<uint32_t>& shape, const std::string& elements,
                             uint8_t type = 0x08) {
  std::string bytes = {'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const uint32_t dimension : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<char>(dimension >> shift & 0xff));
    }
  }
  return bytes + elements;
}

// 0, 1, 2, ... modulo 251, which no power of two divides.
inline std::string counting_bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i % 251);
  }
  return bytes;
}

// One gzip member.
inline std::string gzip_bytes(const std::string& bytes) {
  return deflated(bytes, kGzipMember);
}

}  // namespace gantrain
