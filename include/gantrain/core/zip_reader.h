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
  uint64_t bytes = 0;        // as they stand in the file
  uint64_t plain_bytes = 0;  // once they are decompressed
  uint32_t crc32 = 0;        // of the plain bytes
  uint16_t method = 0;       // 0 = stored, 8 = deflated; others are not read
  bool compressed() const { return method != 0; }
};

struct ZipDirectory {
  std::vector<ZipRecord> records;  // in the order of their places in the file
  std::string comment;
};

struct ZipLimits {
  uint64_t records = 200'000;
  size_t name_bytes = 512;
};

// True when the file ends as a zip file does. A zip file that was cut off does not.
bool has_zip_end(const ByteSource& source);

// Reads the table of a zip file and holds every local header against it. No record may overlap
// another or the directory, no name may come twice. Memory is bounded by the file's size. Throws
// FormatError that names the byte offset.
ZipDirectory read_zip_directory(const ByteSource& source, const ZipLimits& limits = {});

// The plain bytes of a stored or deflated record, their checksum checked. Throws FormatError; never
// makes more than plain_bytes, nor anything when they are more than `limit`.
std::string read_zip_record(const ByteSource& source, const ZipRecord& record, uint64_t limit);

}  // namespace gantrain
