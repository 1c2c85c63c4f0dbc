#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gantrain {

// What the control groups that this process lies in grant it: the smallest limit on the way from
// its own group to the root, version 1 and 2 of the interface alike. Nothing when there is no
// limit.
class Cgroups {
 public:
  // proc_file: the process's list of groups; root: where the groups are mounted. Other values are
  // for tests.
  explicit Cgroups(std::filesystem::path proc_file = "/proc/self/cgroup",
                   std::filesystem::path root = "/sys/fs/cgroup");

  std::optional<double> cpus() const;  // a quota in processors, may be a fraction
  std::optional<uint64_t> available_bytes()
      const;  // limit - use, page cache that can be dropped not counted as use

 private:
  std::filesystem::path root_;
  std::string unified_path_;  // of version 2; "" = not a member
  std::string memory_path_;   // of version 1's controllers
  std::string cpu_path_;
};

}  // namespace gantrain
