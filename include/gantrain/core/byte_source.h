#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "gantrain/core/error.h"

namespace gantrain {

// Bytes that can be read at any place: a file, or memory in tests and fuzzers.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills `out` with the bytes [offset, offset + count). Throws FormatError when they are not all
  // there.
  virtual void read(uint64_t offset, void* out, size_t count) const = 0;
};

// Does not own the bytes.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  void read(uint64_t offset, void* out, size_t count) const override;

 private:
  std::string_view bytes_;
};

// A regular file, never a FIFO or a device.
class FileSource : public ByteSource {
 public:
  // Throws Error(kind) that says which it is: a folder, not a regular file; SystemError(kind) when
  // it is missing or there is no permission. read() throws SystemError(kind) when the disk fails.
  FileSource(const std::filesystem::path& path, ErrorKind kind);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  uint64_t size() const override { return size_; }
  void read(uint64_t offset, void* out, size_t count) const override;

 private:
  std::string name_;
  ErrorKind kind_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace gantrain
