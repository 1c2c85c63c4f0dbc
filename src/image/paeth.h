#pragma once

#include <cstdlib>

namespace gantrain {

// PNG's predictor of Paeth: whichever of the three neighbours is nearest to left + up - up_left; of
// equals the first.
inline int paeth(int left, int up, int up_left) {
  const int to_left = std::abs(up - up_left);
  const int to_up = std::abs(left - up_left);
  const int to_up_left = std::abs(left + up - 2 * up_left);
  const int nearer = to_up <= to_up_left ? up : up_left;
  return to_left <= to_up && to_left <= to_up_left ? left : nearer;
}

}  // namespace gantrain
