#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/header_scan.h"

namespace gantrain {

// Where decoded records lie: record i at offsets[i] .. offsets[i + 1]. Reading is thread-safe.
class PixelStore {
 public:
  virtual ~PixelStore() = default;
  // The bytes of a record, in the store or in `scratch`; nullptr when they are damaged there.
  virtual const uint8_t* read(int64_t record, std::vector<uint8_t>& scratch) const = 0;
  // Once for each record, while it is filled; each from any thread.
  virtual void write(int64_t record, const uint8_t* bytes) = 0;
  virtual uint64_t memory_bytes() const = 0;
};

using Offsets = std::shared_ptr<const std::vector<uint64_t>>;

// In memory: one block.
std::unique_ptr<PixelStore> make_memory_store(Offsets offsets);

// What decoding found out, kept with the pixels.
struct DecodeFindings {
  std::vector<int64_t> lost;    // records that cannot be used, ascending
  std::vector<BadPicture> bad;  // why
  int64_t gone = 0;             // of them: files that vanished or changed after the scan
  int64_t warnings = 0;         // damaged JPEG files that decode all the same
  int64_t duplicates = 0;       // records whose files are byte for byte another's
  bool all_alike = false;       // every record has the same pixels
  std::string content;          // SHA-256 of all files' contents
};

// In a file. Every record has a CRC-32 that read() checks. `key` names the source's files and the
// recipe; a file of another key, or one that is damaged, is as good as none.
class CacheFile : public PixelStore {
 public:
  // An existing file of this key, or nullptr.
  static std::unique_ptr<CacheFile> open(const std::filesystem::path& path, const std::string& key,
                                         Offsets offsets, DecodeFindings& findings);
  // A new one, beside its place until finish(). Throws Error(kOutput), on a full disk at once.
  static std::unique_ptr<CacheFile> create(const std::filesystem::path& path, Offsets offsets);
  ~CacheFile() override;

  const uint8_t* read(int64_t record, std::vector<uint8_t>& scratch) const override;
  void write(int64_t record, const uint8_t* bytes) override;
  uint64_t memory_bytes() const override;
  void finish(const std::string& key, const DecodeFindings& findings);

 private:
  CacheFile(std::filesystem::path path, int descriptor, Offsets offsets);
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty once it is finished
  int descriptor_;
  Offsets offsets_;
  std::vector<uint32_t> checksums_;
};

}  // namespace gantrain
