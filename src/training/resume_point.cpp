#include "training/resume_point.h"

#include "gantrain/core/error.h"
#include "gantrain/training/run_config.h"

#include "training/finite.h"

namespace gantrain {
namespace {

// A whole number that is never negative; `what` says which part of the file is invalid.
int64_t count_of(const Value& root, const char* section, const char* key, const std::string& what) {
  const Value* dictionary = root.is<Value::Dict>() ? root.find(section) : nullptr;
  const Value* found =
      dictionary != nullptr && dictionary->is<Value::Dict>() ? dictionary->find(key) : nullptr;
  const std::string name = std::string(section) + "." + key;
  if (found == nullptr) {
    throw Error(ErrorKind::kCheckpoint, what + " (" + name + " is missing)");
  }
  if (!found->is<int64_t>()) {
    throw Error(ErrorKind::kCheckpoint, what + " (" + name + " is no whole number)");
  }
  if (found->as<int64_t>() < 0) {
    throw Error(ErrorKind::kCheckpoint, what + " (" + name + " is " +
                                            std::to_string(found->as<int64_t>()) +
                                            ", expected at least 0)");
  }
  return found->as<int64_t>();
}

}  // namespace

ResumePoint read_resume_point(const Value& root, const std::string& where) {
  const std::string progress = where + ": progress invalid";
  const std::string random = where + ": random state invalid";
  ResumePoint point;
  point.step = count_of(root, "progress", "step", progress);
  point.images_seen = count_of(root, "progress", "images_seen", progress);
  point.data_position = count_of(root, "progress", "data_position", progress);
  point.seed = count_of(root, "random", "seed", random);
  point.attempt = count_of(root, "random", "attempt", random);
  if (point.data_position < point.images_seen) {
    throw Error(ErrorKind::kCheckpoint, progress + " (" + std::to_string(point.data_position) +
                                            " images drawn, but " +
                                            std::to_string(point.images_seen) + " seen)");
  }
  return point;
}

void check_resumable(const Value& root, const FileHeader& header, const std::string& where) {
  const ResumePoint point = read_resume_point(root, where);
  if (point.step != header.step || point.images_seen != header.images_seen) {
    throw Error(ErrorKind::kCheckpoint,
                where + ": progress invalid (step " + std::to_string(point.step) + " with " +
                    std::to_string(point.images_seen) + " images seen, but its header says " +
                    std::to_string(header.step) + " and " + std::to_string(header.images_seen) +
                    ")");
  }
  const int64_t seed =
      parse_run_config(header.config_text, where + " (its configuration)").run.seed;
  if (point.seed != seed) {
    throw Error(ErrorKind::kCheckpoint,
                where + ": random state invalid (seed " + std::to_string(point.seed) +
                    ", but its configuration says " + std::to_string(seed) + ")");
  }
  const std::string bad = first_non_finite(root);
  if (!bad.empty()) {
    throw Error(ErrorKind::kCheckpoint, where + ": " + bad + " holds a value that is not finite");
  }
}

}  // namespace gantrain
