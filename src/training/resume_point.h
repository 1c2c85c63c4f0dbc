#pragma once

#include <cstdint>
#include <string>

#include "gantrain/archive/value.h"
#include "gantrain/training/generator_file.h"

namespace gantrain {

// Where in its run a checkpoint stands: all that data and random numbers depend on.
struct ResumePoint {
  int64_t step = 0;
  int64_t images_seen = 0;
  int64_t data_position = 0;  // images drawn, >= images_seen
  int64_t seed = 0;
  int64_t attempt = 0;  // roll-backs so far
};

// From "progress" and "random" of a checkpoint. Throws Error(kCheckpoint) when an entry is missing,
// of another type or cannot be.
ResumePoint read_resume_point(const Value& root, const std::string& where);

// What a checkpoint must be, by itself, so that a run can go on from it: the point is there and
// agrees with the header and its configuration's seed, and every weight and optimizer state is
// finite. Throws Error(kCheckpoint).
void check_resumable(const Value& root, const FileHeader& header, const std::string& where);

}  // namespace gantrain
