#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gantrain {

// metrics.jsonl: one JSON object per line, "step" first, then the given names in order. Non-finite
// values become null.
class MetricsLog {
 public:
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  // Drops every line of a later step than `step` and a torn last line (a run goes on from an older
  // checkpoint).
  void cut_back(int64_t step);

  // A file that cannot be written gives one warning; the run goes on.
  void write(int64_t step, const std::vector<std::pair<std::string, double>>& values);

 private:
  std::filesystem::path path_;
  bool warned_ = false;
};

}  // namespace gantrain
