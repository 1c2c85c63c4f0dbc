#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/core/folder_handle.h"
#include "gantrain/core/stop_check.h"
#include "gantrain/image/image_header.h"

namespace gantrain {

// One picture to translate; names are relative to their folders, "/" between folders.
struct PictureJob {
  std::string name = {};
  std::string out = {};     // "faces/anna.png"
  std::string target = {};  // "" = none
  int64_t width = 0;
  int64_t height = 0;
};

struct BadJob {
  std::string shown;   // path for people
  std::string reason;  // a clause
};

struct PictureJobs {
  std::shared_ptr<const FolderHandle> folder;
  std::shared_ptr<const FolderHandle> targets;  // or none
  std::vector<PictureJob> jobs;                 // sorted by name
  std::vector<BadJob> bad;
};

inline constexpr size_t kShownBadPictures = 10;  // the others are counted
inline constexpr uint64_t kLargestPictureFile = uint64_t{1} << 30;

// Which pictures there are at `in` (one, or all below a folder), by names and headers alone, and
// what the results are called: the name with ".png" for its extension, or with both where that
// would be the same for two. Throws Error(kUsage) when `out` is the folder of the pictures or lies
// in it, Error(kData) when there is none; Stopped. Those that cannot be used, and those whose
// target is missing, are in `bad`.
PictureJobs find_picture_jobs(const std::filesystem::path& in, const std::filesystem::path& out,
                              const std::filesystem::path& targets, const StopCheck& stopped);

// Throws Error(kData) with the first kShownBadPictures.
[[noreturn]] void refuse_bad_pictures(const std::vector<BadJob>& bad);

}  // namespace gantrain
