#include "runtime/cgroup.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

namespace gantrain {

namespace {

using std::filesystem::path;

template <typename Number>
std::optional<Number> read_number(const path& file) {
  std::ifstream stream(file);
  Number value = 0;
  return stream >> value ? std::optional<Number>(value) : std::nullopt;
}

// The value of a line "<name> <value>".
uint64_t read_field(const path& file, const std::string& name) {
  std::ifstream stream(file);
  std::string word;
  uint64_t value = 0;
  while (stream >> word >> value) {
    if (word == name) {
      return value;
    }
  }
  return 0;
}

// The folder of the process's group and those of the groups round it. Inside a container the path
// is often that of the host while the mount shows the container's own group as its root.
std::vector<path> folders(const path& mount, const std::string& group) {
  std::vector<path> found;
  for (path part = path(group).relative_path();; part = part.parent_path()) {
    found.push_back(part.empty() ? mount : mount / part);
    if (part.empty()) {
      return found;
    }
  }
}

template <typename Number>
std::optional<Number> smallest(const std::vector<path>& candidates,
                               const std::function<std::optional<Number>(const path&)>& limit) {
  std::optional<Number> found;
  for (const path& folder : candidates) {
    if (const auto value = limit(folder)) {
      found = found ? std::min(*found, *value) : value;
    }
  }
  return found;
}

// cpu.max: "<quota or max> <period>", both in microseconds.
std::optional<double> unified_cpus(const path& folder) {
  std::ifstream stream(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  if (stream >> quota >> period && quota > 0 && period > 0) {
    return quota / period;
  }
  return std::nullopt;
}

std::optional<double> controller_cpus(const path& folder) {
  const auto quota = read_number<int64_t>(folder / "cpu.cfs_quota_us");
  const auto period = read_number<int64_t>(folder / "cpu.cfs_period_us");
  if (quota && period && *quota > 0 && *period > 0) {
    return static_cast<double>(*quota) / static_cast<double>(*period);
  }
  return std::nullopt;
}

std::optional<uint64_t> bytes_left(const path& folder, const char* limit_file, const char* use_file,
                                   const char* cache_field) {
  const auto limit = read_number<uint64_t>(folder / limit_file);
  const auto use = read_number<uint64_t>(folder / use_file);
  if (!limit || !use) {
    return std::nullopt;
  }
  const uint64_t held = *use - std::min(*use, read_field(folder / "memory.stat", cache_field));
  return *limit - std::min(*limit, held);
}

}  // namespace

Cgroups::Cgroups(path proc_file, path root) : root_(std::move(root)) {
  std::ifstream stream(proc_file);
  std::string line;
  while (std::getline(stream, line)) {  // "<id>:<controllers>:<path>"
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string group = line.substr(second + 1);
    std::stringstream controllers(line.substr(first + 1, second - first - 1));
    if (controllers.str().empty()) {
      unified_path_ = group;
    }
    for (std::string controller; std::getline(controllers, controller, ',');) {
      if (controller == "memory") {
        memory_path_ = group;
      } else if (controller == "cpu") {
        cpu_path_ = group;
      }
    }
  }
}

std::optional<double> Cgroups::cpus() const {
  if (!cpu_path_.empty()) {
    return smallest<double>(folders(root_ / "cpu", cpu_path_), controller_cpus);
  }
  return smallest<double>(folders(root_, unified_path_), unified_cpus);
}

std::optional<uint64_t> Cgroups::available_bytes() const {
  if (!memory_path_.empty()) {
    return smallest<uint64_t>(folders(root_ / "memory", memory_path_), [](const path& folder) {
      return bytes_left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                        "total_inactive_file");
    });
  }
  return smallest<uint64_t>(folders(root_, unified_path_), [](const path& folder) {
    return bytes_left(folder, "memory.max", "memory.current", "inactive_file");
  });
}

}  // namespace gantrain
