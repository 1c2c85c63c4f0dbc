#pragma once

#include <cstdint>

#include "gantrain/core/mix64.h"

namespace gantrain {

// Random numbers that are functions of their key, the same on every platform: the n-th number of
// SplitMix64 (Steele, Lea, Flood 2014) started at a hash of the two parts of the key.
class CounterRandom {
 public:
  CounterRandom(uint64_t seed, uint64_t stream)
      : state_(mix64(mix64(seed) ^ (stream + kMixStep))) {}

  uint64_t next() { return mix64(state_ += kMixStep); }

  // In [0, bound), without bias; bound > 0.
  uint64_t below(uint64_t bound) {
    const uint64_t leftover =
        (0 - bound) % bound;  // 2^64 mod bound: these many would come up once too often
    uint64_t value = next();
    while (value < leftover) {
      value = next();
    }
    return value % bound;
  }

  // In [low, high).
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
  }

 private:
  uint64_t state_;
};

}  // namespace gantrain
