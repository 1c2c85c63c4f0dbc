#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "gantrain/core/file_tree.h"
#include "gantrain/core/format_error.h"

namespace gantrain {

// A file that cannot be read just now, whatever it holds: gone, replaced, no permission, a broken
// disk. what() is a clause without the file's name.
class UnreadableFile : public FormatError {
 public:
  using FormatError::FormatError;
};

// The encoded images of a folder (everything below it) or of a zip file, by index, in bytewise
// order of their names; "/" stands between folders in both. Thread-safe.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  int64_t count() const { return tree_.names.count(); }
  std::string_view name(int64_t index) const { return tree_.names.at(index); }
  const FileTree& tree() const { return tree_; }
  const std::filesystem::path& path() const { return path_; }
  virtual std::string shown(int64_t index) const = 0;  // for messages

  // Puts the first `limit` bytes of the file, all when it has fewer, into `bytes`. Throws
  // UnreadableFile, or FormatError when a zip's member is damaged.
  virtual FileStamp read(int64_t index, uint64_t limit, std::string& bytes) const = 0;

  // A file beside the images, such as dataset.json; "" when it is not there.
  virtual std::string read_other(const std::string& name) const = 0;

 protected:
  explicit PictureSource(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  FileTree tree_;
};

// A folder or a zip file, by what stands at `path`. Throws Error(kData).
std::shared_ptr<const PictureSource> open_picture_source(const std::filesystem::path& path,
                                                         bool follow_links_out,
                                                         const StopCheck& stopped);

inline constexpr uint64_t kMaximumPictureFile = uint64_t{1} << 30;

}  // namespace gantrain
