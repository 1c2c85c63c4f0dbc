#pragma once

#include <cstdint>

namespace gantrain {

// SplitMix64 (Steele, Lea, Flood 2014): mix64 is its finalizer, a bijection in which every input
// bit reaches every output bit; numbers mix64(key + n * kMixStep), n = 1, 2, ... are its stream.
inline constexpr uint64_t kMixStep = 0x9e3779b97f4a7c15;

constexpr uint64_t mix64(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace gantrain
