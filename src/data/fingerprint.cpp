#include "data/fingerprint.h"

#include <zlib.h>

#include <cstdio>

namespace gantrain {

std::string fingerprint(const std::vector<std::string_view>& parts) {
  uLong crc = crc32(0, nullptr, 0);
  for (const std::string_view part : parts) {
    const std::string length = std::to_string(part.size()) + ":";
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(length.data()), length.size());
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());
  }
  char text[16];
  std::snprintf(text, sizeof text, "%08lx", crc);
  return text;
}

}  // namespace gantrain
