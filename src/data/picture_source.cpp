#include "data/picture_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/core/zip_reader.h"
#include "gantrain/image/image_header.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaximumOtherFile = uint64_t{256} << 20;
constexpr ZipLimits kZipLimits = {10'000'000, 4096};
// Encoded images hardly shrink; what shrinks this much is made to fill memory.
constexpr uint64_t kLargestRatio = 100;
constexpr uint64_t kNoBombBelow = uint64_t{16} << 20;

class FolderSource : public PictureSource {
 public:
  FolderSource(const fs::path& path, bool follow_links_out, const StopCheck& stopped)
      : PictureSource(path), folder_(path) {
    tree_ = list_files(folder_, {is_image_extension, follow_links_out, stopped});
  }

  std::string shown(int64_t index) const override { return folder_.shown(name(index)); }

  FileStamp read(int64_t index, uint64_t limit, std::string& bytes) const override {
    FileStamp stamp;
    const std::string problem = read_below(folder_, name(index), limit, bytes, stamp);
    if (!problem.empty()) {
      throw UnreadableFile(problem);
    }
    return stamp;
  }

  std::string read_other(const std::string& name) const override {
    std::string bytes;
    FileStamp stamp;
    return read_below(folder_, name, kMaximumOtherFile, bytes, stamp).empty() ? bytes : "";
  }

 private:
  FolderHandle folder_;
};

// Why a member's name is not taken, or "".
std::string name_problem(std::string_view name) {
  if (name.front() == '/' || name.front() == '\\' || (name.size() > 1 && name[1] == ':')) {
    return "has an absolute name";
  }
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find_first_of("/\\", start), name.size());
    if (name.substr(start, end - start) == "..") {
      return "leads out of the archive with \"..\"";
    }
    start = end + 1;
  }
  return name.find('\0') == std::string_view::npos ? "" : "has a zero byte in its name";
}

bool is_hidden(std::string_view name) {
  return name.front() == '.' || name.find("/.") != std::string_view::npos ||
         name.starts_with("__MACOSX/");
}

class ZipSource : public PictureSource {
 public:
  explicit ZipSource(const fs::path& path) : PictureSource(path), file_(path, ErrorKind::kData) {
    try {
      list(read_zip_directory(file_, kZipLimits));
    } catch (const FormatError& problem) {
      throw Error(ErrorKind::kData, printable(path.string()) + ": " + problem.what() + ".");
    }
  }

  std::string shown(int64_t index) const override {
    return printable(path_.string()) + ": " + printable(name(index));
  }

  FileStamp read(int64_t index, uint64_t limit, std::string& bytes) const override {
    const ZipRecord& record = members_[static_cast<size_t>(index)];
    if (record.compressed() || limit >= record.bytes) {
      bytes = read_zip_record(file_, record, kMaximumPictureFile);
      bytes.resize(static_cast<size_t>(std::min<uint64_t>(bytes.size(), limit)));
    } else {
      bytes.resize(static_cast<size_t>(limit));
      file_.read(record.data_offset, bytes.data(), bytes.size());
    }
    return {record.plain_bytes, record.crc32};
  }

  std::string read_other(const std::string& name) const override {
    const auto found = std::find_if(others_.begin(), others_.end(),
                                    [&](const ZipRecord& record) { return record.name == name; });
    if (found == others_.end()) {
      return "";
    }
    try {
      return read_zip_record(file_, *found, kMaximumOtherFile);
    } catch (const FormatError& problem) {
      throw Error(ErrorKind::kData, printable(path_.string()) + ": " + problem.what() + ".");
    }
  }

 private:
  void list(ZipDirectory directory) {
    std::erase_if(directory.records, [this](const ZipRecord& record) {
      if (record.name.ends_with('/')) {
        tree_.folders.push_back(record.name.substr(0, record.name.size() - 1));
      }
      return record.name.ends_with('/');
    });
    std::sort(tree_.folders.begin(), tree_.folders.end());
    std::sort(directory.records.begin(), directory.records.end(),
              [](const ZipRecord& a, const ZipRecord& b) { return a.name < b.name; });
    for (ZipRecord& record : directory.records) {
      check(record);
      const std::string extension = extension_of(record.name);
      if (is_hidden(record.name)) {
        ++tree_.hidden;
      } else if (is_image_extension(extension)) {
        tree_.names.add(record.name);
        record.name = {};
        members_.push_back(std::move(record));
      } else {
        ++tree_.ignored[extension];
        others_.push_back(std::move(record));
      }
    }
  }

  static void check(const ZipRecord& record) {
    const std::string shown_name = "record \"" + printable(record.name) + "\" ";
    if (const std::string problem = name_problem(record.name); !problem.empty()) {
      throw FormatError(shown_name + problem + "; the archive is not used");
    }
    if (record.plain_bytes > kNoBombBelow && record.plain_bytes / kLargestRatio > record.bytes) {
      throw FormatError(shown_name + "would grow from " + format_bytes(record.bytes) + " to " +
                        format_bytes(record.plain_bytes) +
                        ", which no image does; the archive is not used");
    }
  }

  FileSource file_;
  std::vector<ZipRecord> members_;  // without their names, which the tree has
  std::vector<ZipRecord> others_;
};

}  // namespace

std::shared_ptr<const PictureSource> open_picture_source(const fs::path& path,
                                                         bool follow_links_out,
                                                         const StopCheck& stopped) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorKind::kData, printable(path.string()) +
                                      ": no such file or folder (data.path); expected a folder of "
                                      "images or a .zip file.");
  }
  if (fs::is_directory(path, ignored)) {
    return std::make_shared<FolderSource>(path, follow_links_out, stopped);
  }
  return std::make_shared<ZipSource>(path);
}

}  // namespace gantrain
