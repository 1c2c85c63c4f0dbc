#include "gantrain/runtime/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include <climits>

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <ATen/DeviceAccelerator.h>

#include "runtime/cgroup.h"

namespace gantrain {

namespace {

// "VmRSS:     1234 kB" in bytes; 0 when there is no such line.
uint64_t read_kilobytes(const char* file, const std::string& name) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    if (line.starts_with(name + ":")) {
      return std::stoull(line.substr(name.size() + 1)) * 1024;
    }
  }
  return 0;
}

// What `ulimit -v` leaves to this process.
uint64_t address_space_left() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<uint64_t>::max();
  }
  const uint64_t used = read_kilobytes("/proc/self/status", "VmSize");
  return limit.rlim_cur - std::min<uint64_t>(used, limit.rlim_cur);
}

}  // namespace

uint64_t resident_bytes() {
  return read_kilobytes("/proc/self/status", "VmRSS");
}

uint64_t peak_resident_bytes() {
  return read_kilobytes("/proc/self/status", "VmHWM");
}

uint64_t available_host_bytes() {
  const uint64_t machine = read_kilobytes("/proc/meminfo", "MemAvailable");
  const uint64_t group = Cgroups().available_bytes().value_or(machine);
  return std::min({machine, group, address_space_left()});
}

uint64_t peak_device_bytes(torch::Device device) {
  if (!device.is_cuda()) {
    return 0;
  }
  const auto stats = at::accelerator::getDeviceStats(device.index());
  const auto aggregate = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return static_cast<uint64_t>(stats.reserved_bytes[aggregate].peak);
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace gantrain
