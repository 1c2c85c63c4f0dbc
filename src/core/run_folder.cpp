#include "gantrain/core/run_folder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

namespace gantrain {
namespace {

constexpr std::string_view kStepPrefix = "step-";
constexpr std::string_view kCheckpointSuffix = ".pt";

std::string step_name(int64_t step) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%08lld", static_cast<long long>(step));
  return std::string(kStepPrefix) + digits;
}

}  // namespace

std::filesystem::path RunFolder::sample(int64_t step) const {
  return samples() / (step_name(step) + ".png");
}

std::filesystem::path RunFolder::snapshot(int64_t step) const {
  return snapshots() / ("g-" + step_name(step) + std::string(kCheckpointSuffix));
}

std::filesystem::path RunFolder::checkpoint(int64_t step) const {
  return checkpoints() / (step_name(step) + std::string(kCheckpointSuffix));
}

std::vector<std::filesystem::path> RunFolder::checkpoints_by_step() const {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(checkpoints(), error), end; !error && it != end;
       it.increment(error)) {
    if (step_of_checkpoint(it->path()) >= 0) {
      found.push_back(it->path());
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return step_of_checkpoint(a) < step_of_checkpoint(b);
  });
  return found;
}

int64_t RunFolder::step_of_checkpoint(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.size() <= kStepPrefix.size() + kCheckpointSuffix.size() ||
      !name.starts_with(kStepPrefix) || !name.ends_with(kCheckpointSuffix)) {
    return -1;
  }
  const char* first = name.data() + kStepPrefix.size();
  const char* last = name.data() + name.size() - kCheckpointSuffix.size();
  int64_t step = -1;
  const auto [end, status] = std::from_chars(first, last, step);
  return status == std::errc() && end == last && step >= 0 ? step : -1;
}

}  // namespace gantrain
