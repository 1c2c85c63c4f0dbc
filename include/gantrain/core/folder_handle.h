#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace gantrain {

// A folder whose files are named relative to it, with "/" between folders; names of any bytes, and
// paths longer than the system takes in one piece.
class FolderHandle {
 public:
  // Throws Error(kData) that says what is there instead: nothing, a file, no permission.
  explicit FolderHandle(const std::filesystem::path& path);
  ~FolderHandle();
  FolderHandle(const FolderHandle&) = delete;
  FolderHandle& operator=(const FolderHandle&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string shown(std::string_view name) const;  // path and name, printable
  // A descriptor of the file or folder, or -1 and errno. Never waits for a FIFO or a device.
  int open(std::string_view name, int flags) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

// What changes when a file does.
struct FileStamp {
  uint64_t size = 0;
  int64_t changed = 0;  // nanoseconds since 1970; of a zip's member: its checksum
  bool operator==(const FileStamp&) const = default;
};

// The first `limit` bytes of a regular file below the folder (all of it, when it has fewer); the
// reason why not, or "". An input/output error is tried once more.
std::string read_below(const FolderHandle& folder, std::string_view name, uint64_t limit,
                       std::string& bytes, FileStamp& stamp);

// What stands there instead of a regular file: "a FIFO, not a file". mode: of struct stat.
std::string special_kind(uint32_t mode);

// An errno of opening or reading, in words: "no permission to read it".
std::string open_problem(int error);

}  // namespace gantrain
