#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gantrain/core/error.h"

namespace gantrain {

// No byte of deflate makes more bytes than 1,032: what claims more than this factor is no such
// data.
inline constexpr int64_t kMostInflated = 1040;

// Whether the bytes begin as a gzip file does, whatever its name.
bool looks_gzipped(std::string_view bytes);

// Inflates a gzip file (one member or several in a row) piece by piece, so that the reader decides
// how much may come out of it. Checks the CRC and length of every member. Throws Error(kind) whose
// message begins with `where`.
class GzipReader {
 public:
  GzipReader(std::string_view compressed, std::string where, ErrorKind kind);
  ~GzipReader();

  // Up to `size` bytes; fewer only at the end of the data, once its checksum was right.
  size_t read(char* out, size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gantrain
