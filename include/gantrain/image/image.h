#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gantrain {

// An image in memory: interleaved rows, 1 to 4 channels, 8 bits each.
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  std::vector<uint8_t> pixels;  // height * width * channels
};

}  // namespace gantrain
