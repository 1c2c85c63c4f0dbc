#include "training/checkpoint_choice.h"

#include <optional>
#include <system_error>
#include <utility>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/run_folder.h"
#include "gantrain/core/text.h"

#include "training/resume_point.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

FileHeader training_header(const Value& root, const fs::path& path) {
  FileHeader header = read_header(root, path);
  if (header.kind != kTrainingKind) {
    throw Error(
        ErrorKind::kCheckpoint,
        printable(path.string()) +
            ": holds a generator only and cannot be trained on; give a file of checkpoints/");
  }
  return header;
}

// The contents, or why they cannot be used.
std::optional<Value> read_whole(const fs::path& path, RejectedCheckpoint& problem) {
  try {
    return read_pt_file(path).root;
  } catch (const SystemError& error) {
    problem = {path, error.what(), false};
  } catch (const Error& error) {
    problem = {path, error.what(), true};
  }
  return std::nullopt;
}

[[noreturn]] void fail_without_any(const std::vector<RejectedCheckpoint>& rejected) {
  if (rejected.size() == 1) {
    throw Error(ErrorKind::kCheckpoint, rejected[0].reason + "; nothing was started");
  }
  std::string message = printable(rejected[0].path.parent_path().string()) +
                        ": no checkpoint of this run can be read; nothing was started (use --fresh "
                        "to begin anew):";
  for (const RejectedCheckpoint& each : rejected) {
    message += "\n  " + each.reason;
  }
  throw Error(ErrorKind::kCheckpoint, message);
}

}  // namespace

ChosenCheckpoint choose_checkpoint(const std::vector<fs::path>& newest_first) {
  std::vector<RejectedCheckpoint> rejected;
  for (const fs::path& path : newest_first) {
    RejectedCheckpoint problem;
    if (auto root = read_whole(path, problem)) {
      FileHeader header = training_header(*root, path);
      try {
        check_resumable(*root, header, printable(path.string()));
        return {path, std::move(header), *std::move(root), std::move(rejected)};
      } catch (const Error& error) {
        problem = {path, error.what(), true};
      }
    }
    rejected.push_back(std::move(problem));
  }
  fail_without_any(rejected);
}

void set_aside(const std::vector<RejectedCheckpoint>& rejected) {
  for (const RejectedCheckpoint& each : rejected) {
    std::string done;
    if (each.damaged) {
      const std::string name = printable(each.path.filename().string()) + kBrokenSuffix;
      std::error_code error;
      fs::rename(each.path, each.path.string() + kBrokenSuffix, error);
      done = error ? "; cannot be renamed to " + name + " (" + error.message() + ")"
                   : "; renamed to " + name;
    }
    log_warning(each.reason + done + "; trying the next older checkpoint");
  }
}

}  // namespace gantrain
