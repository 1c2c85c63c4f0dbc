#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "gantrain/core/durable_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/core/version.h"
#include "gantrain/training/run_directory.h"

namespace gantrain {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string holder_of(int descriptor) {
  char text[300] = {};
  const ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
  return length > 0 ? std::string(text, static_cast<size_t>(length)) : "another process";
}

// What earlier processes left behind of files that they did not finish.
void remove_leftovers(const RunFolder& folder) {
  int64_t removed = 0;
  for (const auto& each :
       {folder.root(), folder.samples(), folder.snapshots(), folder.checkpoints()}) {
    removed += remove_stale_temporaries(each);
  }
  if (removed > 0) {
    log_info("removed " + format_count(removed) +
             (removed == 1 ? " unfinished file" : " unfinished files") + " of an interrupted run");
  }
}

}  // namespace

void make_run_folder(const RunFolder& folder, const RunConfig& config,
                     const std::string& command_line) {
  make_folders(folder.root());
  for (const auto& sub : {folder.samples(), folder.snapshots(), folder.checkpoints()}) {
    make_folders(sub);
  }
  remove_leftovers(folder);
  write_file_atomically(folder.config(), config.config.to_json());
  nlohmann::ordered_json versions;
  versions["gantrain"] = version();
  versions["source"] = source_description();
  versions["compiler"] = compiler_description();
  versions["libtorch"] = TORCH_VERSION;
  versions["host"] = host_name();
  versions["threads"] = at::get_num_threads();
  write_file_atomically(folder.versions(), versions.dump(2) + "\n");
  append_line(folder.command(), command_line);
}

void record_changes(const RunFolder& folder, int64_t step,
                    const std::vector<ConfigDifference>& changes) {
  for (const ConfigDifference& each : changes) {
    nlohmann::ordered_json line;
    line["step"] = step;
    line["key"] = each.key;
    line["before"] = each.before;
    line["after"] = each.after;
    append_line(folder.changes(), line.dump());
  }
}

bool is_locked(const RunFolder& folder) {
  const int descriptor = open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool locked = flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  close(descriptor);
  return locked;
}

FolderLock::FolderLock(const RunFolder& folder) {
  const std::string path = folder.lock().string();
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    throw Error(ErrorKind::kOutput,
                printable(path) + ": cannot be opened: " + std::strerror(errno));
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = holder_of(descriptor_);
    close(descriptor_);
    throw Error(ErrorKind::kUsage, printable(folder.root().string()) + ": locked by " + holder +
                                       "; wait for it, or give another --name");
  }
  const std::string holder = "pid " + std::to_string(getpid()) + " on host " + host_name();
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, holder.data(), holder.size(), 0) < 0) {
    close(descriptor_);
    throw Error(ErrorKind::kOutput,
                printable(path) + ": cannot be written: " + std::strerror(errno));
  }
}

FolderLock::~FolderLock() {
  close(descriptor_);
}

}  // namespace gantrain
