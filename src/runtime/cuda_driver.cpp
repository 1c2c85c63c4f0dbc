#include "runtime/cuda_driver.h"

#include <dlfcn.h>

#include <array>

namespace gantrain {

namespace {

// CUresult, CUdevice and CUdevice_attribute are ints in the driver's binary interface.
constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;

template <typename Function>
Function driver_function(const char* name) {
  void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  return library ? reinterpret_cast<Function>(dlsym(library, name)) : nullptr;
}

bool start_driver() {
  const auto start = driver_function<int (*)(unsigned)>("cuInit");
  return start && start(0) == 0;
}

int attribute(int index, int which) {
  const auto get = driver_function<int (*)(int*, int, int)>("cuDeviceGetAttribute");
  int value = 0;
  return start_driver() && get && get(&value, which, index) == 0 ? value : 0;
}

}  // namespace

std::string cuda_device_name(int index) {
  const auto get = driver_function<int (*)(char*, int, int)>("cuDeviceGetName");
  std::array<char, 256> name{};
  if (!start_driver() || !get || get(name.data(), static_cast<int>(name.size()), index) != 0) {
    return "";
  }
  return name.data();
}

int cuda_compute_capability(int index) {
  return 10 * attribute(index, kComputeCapabilityMajor) + attribute(index, kComputeCapabilityMinor);
}

}  // namespace gantrain
