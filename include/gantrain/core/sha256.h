#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gantrain {

// SHA-256, FIPS 180-4. Uses the processor's SHA instructions where they exist.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // 64 lower-case hexadecimal digits of everything so far; the object cannot be used afterwards.
  std::string finish();

 private:
  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> block_;
  size_t used_ = 0;  // bytes of block_ that wait
  uint64_t total_ = 0;
};

std::string sha256(std::string_view bytes);

}  // namespace gantrain
