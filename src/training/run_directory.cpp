#include "gantrain/training/run_directory.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunsFolder = "runs";
constexpr uint64_t kConfigLimit = 4 << 20;
constexpr int kMostNumbered = 10000;

fs::path numbered(const fs::path& base, int number) {
  if (number == 1) {
    return base;
  }
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "-%03d", number);
  return base.string() + suffix;
}

std::vector<ConfigDifference> differences_that_count(const RunFolder& folder,
                                                     const RunConfig& config) {
  const std::string text = read_file(folder.config(), ErrorKind::kConfig, kConfigLimit);
  const RunConfig there = parse_run_config(text, printable(folder.config().string()));
  auto differences = compare_configs(there.config, config.config);
  std::erase_if(differences,
                [](const ConfigDifference& each) { return each.resume == OnResume::kExtend; });
  return differences;
}

bool holds_run(const RunFolder& folder) {
  std::error_code error;
  return fs::exists(folder.config(), error);
}

// What a run that ended before it wrote config.json leaves behind.
bool is_of_a_start(const fs::directory_entry& entry, const RunFolder& folder) {
  std::error_code error;
  const fs::path& path = entry.path();
  const bool is_temporary = path.filename().string().starts_with(".config.json.tmp-");
  const bool is_subfolder =
      path == folder.samples() || path == folder.snapshots() || path == folder.checkpoints();
  return path == folder.lock() || path == folder.log() || is_temporary ||
         (is_subfolder && fs::is_empty(path, error));
}

// A folder that is not there, or has nothing of a run in it and nobody who starts one.
bool is_free(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return true;
  }
  if (!fs::is_directory(path, error)) {
    return false;
  }
  const RunFolder folder(path);
  fs::directory_iterator entry(path, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (!is_of_a_start(*entry, folder)) {
      return false;
    }
  }
  return !error && !is_locked(folder);
}

// Checkpoints that a run set aside.
int64_t count_broken(const RunFolder& folder) {
  int64_t count = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder.checkpoints(), error), end; !error && it != end;
       it.increment(error)) {
    count += it->path().extension() == kBrokenSuffix;
  }
  return count;
}

RunStart continue_in(const RunFolder& folder) {
  const auto checkpoints = folder.checkpoints_by_step();
  RunStart start{folder, {checkpoints.rbegin(), checkpoints.rend()}, true};
  if (!start.checkpoints.empty()) {
    return start;
  }
  if (const int64_t broken = count_broken(folder); broken > 0) {
    throw Error(ErrorKind::kCheckpoint,
                printable(folder.root().string()) + ": holds no checkpoint but " +
                    std::to_string(broken) + " broken one" + (broken == 1 ? "" : "s") + " (" +
                    printable(folder.checkpoints().string()) + "/*" + kBrokenSuffix +
                    "); nothing was started; use --fresh to begin anew");
  }
  return start;
}

RunStart next_free(const fs::path& base, int from) {
  for (int number = from; number < kMostNumbered; ++number) {
    if (is_free(numbered(base, number))) {
      return {RunFolder(numbered(base, number)), {}, false};
    }
  }
  throw Error(ErrorKind::kOutput, printable(base.string()) + ": has " +
                                      std::to_string(kMostNumbered) +
                                      " numbered folders already; choose another --name");
}

RunStart in_explicit_folder(const RunConfig& config, const FolderRequest& request) {
  const RunFolder folder(request.run_dir);
  if (is_free(request.run_dir)) {
    return {folder, {}, false};
  }
  const std::string shown = printable(request.run_dir.string());
  std::error_code error;
  if (!fs::is_directory(request.run_dir, error)) {
    throw Error(ErrorKind::kOutput,
                shown + ": is a file, cannot be a run folder; give another --run-dir");
  }
  if (!holds_run(folder)) {
    throw Error(ErrorKind::kConfig,
                shown + ": is not empty and holds no run of gantrain; give another --run-dir");
  }
  if (request.fresh) {
    throw Error(ErrorKind::kConfig,
                shown + ": holds a run already; --fresh needs a --run-dir that is new or empty");
  }
  const auto differences = differences_that_count(folder, config);
  if (!differences.empty()) {
    std::string message = shown +
                          ": holds a run of another configuration; give another --run-dir. "
                          "Differences (there, here):";
    for (const ConfigDifference& each : differences) {
      message += "\n  " + each.key + ": " + each.before + ", " + each.after;
    }
    throw Error(ErrorKind::kConfig, message);
  }
  return continue_in(folder);
}

}  // namespace

RunStart choose_folder(const RunConfig& config, const FolderRequest& request) {
  if (!request.run_dir.empty()) {
    return in_explicit_folder(config, request);
  }
  const fs::path base = fs::path(kRunsFolder) / config.run.name;
  if (request.fresh) {
    return next_free(base, 1);
  }
  for (int number = 1; number < kMostNumbered; ++number) {
    const RunFolder folder(numbered(base, number));
    if (is_free(folder.root())) {
      return {folder, {}, false};
    }
    if (holds_run(folder) && differences_that_count(folder, config).empty()) {
      return continue_in(folder);
    }
  }
  return next_free(base, kMostNumbered);
}

fs::path latest_run() {
  fs::path newest;
  fs::file_time_type newest_time{};
  std::error_code error;
  for (fs::directory_iterator it(kRunsFolder, error), end; !error && it != end;
       it.increment(error)) {
    const auto checkpoints = RunFolder(it->path()).checkpoints_by_step();
    if (checkpoints.empty()) {
      continue;
    }
    const auto time = fs::last_write_time(checkpoints.back(), error);
    if (newest.empty() || time > newest_time) {
      newest = it->path();
      newest_time = time;
    }
  }
  if (newest.empty()) {
    throw Error(ErrorKind::kCheckpoint, "--resume latest: no run with a checkpoint in " +
                                            printable((fs::current_path() / kRunsFolder).string()));
  }
  return newest;
}

RunStart resume_target(const std::string& what) {
  const fs::path target = what == "latest" ? latest_run() : fs::path(what);
  std::error_code error;
  if (!fs::exists(target, error)) {
    throw Error(ErrorKind::kCheckpoint, "--resume " + printable(what) +
                                            ": there is no such run or file; nothing was started");
  }
  if (fs::is_directory(target, error)) {
    const RunStart start = continue_in(RunFolder(target));
    if (start.checkpoints.empty()) {
      throw Error(ErrorKind::kCheckpoint, "--resume " + printable(what) +
                                              ": holds no checkpoint (looked in " +
                                              printable(start.folder.checkpoints().string()) + ")");
    }
    return start;
  }
  const RunFolder folder(fs::absolute(target).parent_path().parent_path());
  const auto checkpoints = folder.checkpoints_by_step();
  const bool newest = !checkpoints.empty() && fs::equivalent(checkpoints.back(), target, error);
  if (newest) {
    return {folder, {target}, true};
  }
  RunStart start = next_free(folder.root(), 2);
  start.checkpoints = {target};
  return start;
}

}  // namespace gantrain
