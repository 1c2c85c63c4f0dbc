#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gantrain {

// The IDX container of MNIST and its relatives: two zero bytes, the element type (8 = unsigned
// byte, the only one read here), the number of dimensions, each dimension as a big-endian 32-bit
// integer, then the elements. Plain or gzip, whatever the file's name.

enum class IdxContent {
  kImages,  // [count, height, width] grey, or [count, height, width, channels] with 1 or 3 channels
  kLabels,  // [count]
};

struct IdxArray {
  std::vector<int64_t>
      shape;             // as in the file; never 0, the product never more than kMaximumIdxBytes
  std::string elements;  // exactly the product of the shape
};

inline constexpr int64_t kMaximumIdxBytes = int64_t{1} << 34;

// `bytes` is a whole file. Throws Error(kData), beginning with `where`, on anything but a complete
// array of the asked content: never allocates more than the header says, and no more than one byte
// further is decompressed.
IdxArray parse_idx(std::string bytes, IdxContent content, const std::string& where);

IdxArray read_idx(const std::filesystem::path& path, IdxContent content);

}  // namespace gantrain
