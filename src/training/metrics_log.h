#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gantrain {

// The seconds that a run has trained, over all its processes. They stand here and not in
// checkpoints, so that equal states make equal files.
inline constexpr const char* kTrainedSeconds = "Timing/seconds";

// metrics.jsonl: one JSON object per line, "step" first, then the given names in order. Non-finite
// values become null.
class MetricsLog {
 public:
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  // Drops every line of a later step than `step` and a torn last line (a run goes on from an older
  // checkpoint). Returns kTrainedSeconds of the last line that is left, 0 when there is none.
  double cut_back(int64_t step);

  // A file that cannot be written gives one warning; the run goes on.
  void write(int64_t step, const std::vector<std::pair<std::string, double>>& values);

 private:
  std::filesystem::path path_;
  bool warned_ = false;
};

}  // namespace gantrain
