#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/core/run_folder.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// What a command line asks of the run folder.
struct FolderRequest {
  std::filesystem::path run_dir;  // --run-dir; empty = runs/<name>
  bool fresh = false;             // --fresh: a new numbered folder whatever is there
};

// Where a run goes, and from which checkpoint it goes on.
struct RunStart {
  RunFolder folder;
  // Those to try, the newest first; a file that the user named stands alone. None = from the
  // beginning.
  std::vector<std::filesystem::path> checkpoints;
  bool exists = false;  // the folder is there already
};

// An unfinished or finished run of the identical configuration (lengths, intervals and the name
// apart) is continued; another configuration, and --fresh, get the next numbered folder: runs/x,
// runs/x-002, ... Nothing is made yet. An explicit --run-dir that holds a different run is an
// Error(kConfig) that lists the differences.
RunStart choose_folder(const RunConfig& config, const FolderRequest& request);

// --resume RUN|FILE|latest: the folder and the checkpoint meant. Throws Error(kCheckpoint) when
// there is none. An older checkpoint than the newest forks into the next numbered folder.
RunStart resume_target(const std::string& what);

// Newest run folder under runs/ that has a checkpoint; Error(kCheckpoint) when there is none.
std::filesystem::path latest_run();

// Makes the folder with config.json, versions.json, and appends the command line to command.txt.
// Throws Error(kOutput).
void make_run_folder(const RunFolder& folder, const RunConfig& config,
                     const std::string& command_line);

// Appends one line per change to changes.jsonl: the step, the key, its values as JSON text before
// and after. Throws Error(kOutput).
void record_changes(const RunFolder& folder, int64_t step,
                    const std::vector<ConfigDifference>& changes);

// Whether a process that trains, or is about to, holds the folder.
bool is_locked(const RunFolder& folder);

// Held while a run trains in a folder. Throws Error(kUsage) that names process and host when
// somebody else holds it.
class FolderLock {
 public:
  explicit FolderLock(const RunFolder& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace gantrain
