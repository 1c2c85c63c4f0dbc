#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "gantrain/core/byte_sink.h"
#include "gantrain/core/sha256.h"

namespace gantrain {

// A file that is there whole or not at all, also after a crash or a power cut: written to
// ".<name>.tmp-<pid>" in the same folder; commit() flushes it to the disk, closes it, reads it back
// and compares its hash, renames it over `path` and flushes the folder. Every failure, and
// destruction without commit(), removes the temporary and leaves an older file at `path` untouched;
// but when the folder cannot be flushed at the end, the new file is there and only a power cut may
// bring the older one back. Errors are Error(kOutput) with the path, the reason and the needed and
// free bytes.
class DurableFile : public ByteSink {
 public:
  // kLeaveToSystem: neither flushed nor read back, for what can be made again (pictures); whole or
  // not at all still holds unless the power fails.
  enum class Flush { kToDisk, kLeaveToSystem };

  // Refuses at once when the disk has less than `expected_bytes` free.
  DurableFile(std::filesystem::path path, uint64_t expected_bytes, Flush flush = Flush::kToDisk);
  ~DurableFile() override;
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::string_view bytes) override;
  void commit();

 private:
  [[noreturn]] void fail(const std::string& doing, int error);
  void discard();
  void flush();
  void close();
  void verify();
  void flush_folder();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  uint64_t expected_bytes_ = 0;
  Flush flush_;
  uint64_t written_ = 0;
  Sha256 hash_;
  int descriptor_ = -1;
  bool temporary_exists_ = false;
  bool renamed_ = false;
};

// Removes what processes that no longer run left behind of their saves in `folder` (not in folders
// below it). Returns how many files it removed; a folder that is missing or cannot be read has
// none.
int64_t remove_stale_temporaries(const std::filesystem::path& folder);

}  // namespace gantrain
