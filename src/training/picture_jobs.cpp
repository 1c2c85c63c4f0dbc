#include "training/picture_jobs.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/file_tree.h"
#include "gantrain/core/format_error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

std::string without_extension(const std::string& name) {
  return name.substr(0, name.size() - extension_of(name).size());
}

FileTree pictures_in(const FolderHandle& folder, const StopCheck& stopped) {
  FileTreeOptions options;
  options.wanted = [](std::string_view extension) { return is_image_extension(extension); };
  options.stopped = stopped;
  return list_files(folder, options);
}

[[noreturn]] void refuse_empty(const FolderHandle& folder, const FileTree& tree) {
  std::vector<std::string> others;
  for (const auto& [extension, count] : tree.ignored) {
    others.push_back(format_count(count) + " " +
                     (extension.empty() ? "without extension" : printable(extension)));
  }
  throw Error(ErrorKind::kData, printable(folder.path().string()) + ": holds no pictures" +
                                    (others.empty() ? "" : " (" + join(others, ", ") + ")"));
}

// Whether the folder `inner` is `outer` or lies below it, links resolved.
bool is_within(const fs::path& inner, const fs::path& outer) {
  std::error_code failed;
  const fs::path a = fs::weakly_canonical(fs::absolute(inner, failed), failed);
  const fs::path b = fs::weakly_canonical(fs::absolute(outer, failed), failed);
  return !failed && std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

// Two pictures of one name but for the extension keep theirs inside the new name.
void name_results(std::vector<PictureJob>& jobs) {
  std::map<std::string, int64_t> uses;
  for (const PictureJob& job : jobs) {
    ++uses[without_extension(job.name)];
  }
  std::set<std::string> taken;
  for (PictureJob& job : jobs) {
    const bool alone = uses[without_extension(job.name)] == 1;
    job.out = (alone ? without_extension(job.name) : job.name) + ".png";
    if (!taken.insert(job.out).second) {
      throw Error(ErrorKind::kData, printable(job.name) + ": its result would be called " +
                                        printable(job.out) +
                                        ", as that of another picture; rename one");
    }
  }
}

// Looks at every job; those of which `look` throws a FormatError become bad ones.
template <typename Look>
void keep_sound(PictureJobs& jobs, const Look& look) {
  std::vector<PictureJob> sound;
  for (PictureJob& job : jobs.jobs) {
    try {
      look(job);
      sound.push_back(std::move(job));
    } catch (const FormatError& problem) {
      jobs.bad.push_back({jobs.folder->shown(job.name), problem.what()});
    }
  }
  jobs.jobs = std::move(sound);
}

void find_targets(PictureJobs& jobs, const fs::path& path, const StopCheck& stopped) {
  jobs.targets = std::make_shared<const FolderHandle>(path);
  const FileTree tree = pictures_in(*jobs.targets, stopped);
  std::map<std::string, std::string> names;
  for (int64_t i = 0; i < tree.names.count(); ++i) {
    const std::string name(tree.names.at(i));
    names.emplace(without_extension(name), name);
  }
  keep_sound(jobs, [&](PictureJob& job) {
    const auto found = names.find(without_extension(job.name));
    if (found == names.end()) {
      throw FormatError("has no target of its name in " + printable(path.string()));
    }
    job.target = found->second;
  });
}

// Throws FormatError: a clause.
ImageHeader header_of(const FolderHandle& folder, const std::string& name) {
  std::string bytes;
  FileStamp stamp;
  for (uint64_t limit = kUsualHeaderBytes;; limit *= 4) {
    if (const std::string reason = read_below(folder, name, limit, bytes, stamp); !reason.empty()) {
      throw FormatError(reason);
    }
    if (const auto header = read_image_header(bytes, stamp.size)) {
      return *header;
    }
    if (limit >= stamp.size) {
      throw ImageError(ImageFault::kDamaged, "its header does not end");
    }
  }
}

void read_headers(PictureJobs& jobs, const StopCheck& stopped) {
  keep_sound(jobs, [&](PictureJob& job) {
    throw_if_stopped(stopped);
    const ImageHeader header = header_of(*jobs.folder, job.name);
    job.width = header.width;
    job.height = header.height;
  });
}

void list_folder(PictureJobs& jobs, const fs::path& in, const StopCheck& stopped) {
  jobs.folder = std::make_shared<const FolderHandle>(in);
  const FileTree tree = pictures_in(*jobs.folder, stopped);
  for (int64_t i = 0; i < tree.names.count(); ++i) {
    jobs.jobs.push_back({.name = std::string(tree.names.at(i))});
  }
  for (const FileTree::Refused& refused : tree.refused) {
    jobs.bad.push_back({jobs.folder->shown(refused.name), refused.reason});
  }
  if (jobs.jobs.empty() && jobs.bad.empty()) {
    refuse_empty(*jobs.folder, tree);
  }
}

}  // namespace

PictureJobs find_picture_jobs(const fs::path& in, const fs::path& out, const fs::path& targets,
                              const StopCheck& stopped) {
  PictureJobs jobs;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(in, ignored);
  if (!fs::exists(fs::symlink_status(in, ignored))) {
    throw Error(ErrorKind::kData, printable(in.string()) + ": no such file or folder");
  }
  if (is_folder && is_within(out, in)) {
    throw Error(ErrorKind::kUsage, "--out " + printable(out.string()) +
                                       " is the folder of the pictures, or lies in it; results "
                                       "would be taken for pictures the next time");
  }
  if (is_folder) {
    list_folder(jobs, in, stopped);
  } else {
    const fs::path parent = in.parent_path();
    jobs.folder = std::make_shared<const FolderHandle>(parent.empty() ? "." : parent);
    jobs.jobs.push_back({.name = in.filename().string()});
  }
  name_results(jobs.jobs);
  if (!is_folder && fs::equivalent(out / jobs.jobs[0].out, in, ignored)) {
    throw Error(ErrorKind::kUsage, "--out " + printable(out.string()) +
                                       ": the result would take the place of the picture");
  }
  if (!targets.empty()) {
    find_targets(jobs, targets, stopped);
  }
  read_headers(jobs, stopped);
  return jobs;
}

void refuse_bad_pictures(const std::vector<BadJob>& bad) {
  std::string message = bad[0].shown + ": " + bad[0].reason;
  if (bad.size() > 1) {
    message = format_count(static_cast<int64_t>(bad.size())) + " pictures cannot be used:";
    for (size_t i = 0; i < std::min(bad.size(), kShownBadPictures); ++i) {
      message += "\n  " + bad[i].shown + ": " + bad[i].reason;
    }
    message += bad.size() > kShownBadPictures ? "\n  ..." : "";
  }
  throw Error(ErrorKind::kData,
              message + (bad.size() > 1 ? "\n" : "; ") + "--skip-bad leaves such pictures out");
}

}  // namespace gantrain
