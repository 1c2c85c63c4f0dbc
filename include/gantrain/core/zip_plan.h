#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantrain {

// Lays out a zip file of stored records before a byte is written, so that its size is known and it
// can be streamed:
//   for each record: local_header(i, crc), then its bytes; at last directory(), then the comment's
//   text.
// Data starts at multiples of 64 bytes (extra field "FB", as PyTorch does, filled with Z). Time
// stamps are fixed: the bytes depend on names, sizes and content only. The first header has one
// more extra field, "GT": the size of the whole file, so that a file that was cut off can say how
// much of it is there. A plan that `grows` lacks that field; there local_header(i) may be asked for
// as soon as record i was added, so that records can be written as they are made.
class ZipPlan {
 public:
  // Records of `zip64_from` bytes or more, and offsets likewise, are written in zip64 fields; tests
  // lower the bound.
  explicit ZipPlan(uint64_t zip64_from = 0xFFFFFFFF, bool grows = false)
      : zip64_from_(zip64_from), grows_(grows) {}

  void add(std::string name, uint64_t bytes);
  // Ends the list of records. comment_bytes: at most 65,535.
  void finish(size_t comment_bytes);

  uint64_t total_bytes() const { return total_bytes_; }
  std::string local_header(size_t index, uint32_t crc32);
  std::string directory() const;  // after every local_header()

 private:
  struct Record {
    std::string name;
    uint64_t bytes = 0;
    uint64_t header_offset = 0;
    uint32_t crc32 = 0;
  };

  size_t extra_bytes(const Record& record, bool first) const;

  uint64_t zip64_from_;
  bool grows_;
  std::vector<Record> records_;
  uint64_t directory_offset_ = 0;
  size_t comment_bytes_ = 0;
  uint64_t total_bytes_ = 0;
};

// The size that the first header of a planned file names, or 0 for other files. `start`: the first
// bytes of the file.
uint64_t planned_file_size(std::string_view start);

}  // namespace gantrain
