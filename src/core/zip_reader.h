#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/core/byte_source.h"

namespace gantrain {

struct ZipRecord {
  std::string name;
  uint64_t header_offset = 0;
  uint64_t data_offset = 0;
  uint64_t bytes = 0;  // as they stand in the file
  uint32_t crc32 = 0;
  bool compressed = false;
};

struct ZipDirectory {
  std::vector<ZipRecord> records;  // in the order of their places in the file
  std::string comment;
};

// True when the file ends as a zip file does. A zip file that was cut off does not.
bool has_zip_end(const ByteSource& source);

// Reads the table of a zip file and holds every local header against it. Stored records only; no
// record may overlap another or the directory, no name may come twice. Memory is bounded by the
// file's size. Throws FormatError that names the byte offset.
ZipDirectory read_zip_directory(const ByteSource& source);

}  // namespace gantrain
