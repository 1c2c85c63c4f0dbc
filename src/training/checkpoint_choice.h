#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gantrain/archive/value.h"
#include "gantrain/training/generator_file.h"

namespace gantrain {

struct RejectedCheckpoint {
  std::filesystem::path path;
  std::string reason;    // begins with the path
  bool damaged = false;  // false: the system could not read it, the file may be well
};

struct ChosenCheckpoint {
  std::filesystem::path path;
  FileHeader header;
  Value root;
  std::vector<RejectedCheckpoint> rejected;  // newer ones
};

// The first of the candidates that a run can go on from. Reads only. Throws Error(kCheckpoint): at
// once for a file that is whole but not a training checkpoint of ours or of a newer format; with
// every reason when no candidate is left.
ChosenCheckpoint choose_checkpoint(const std::vector<std::filesystem::path>& newest_first);

// Logs each, and renames the damaged ones to *.broken. Only for a run folder that this process has
// locked.
void set_aside(const std::vector<RejectedCheckpoint>& rejected);

}  // namespace gantrain
