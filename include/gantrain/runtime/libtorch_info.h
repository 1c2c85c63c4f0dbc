#pragma once

#include <cstdint>
#include <string>

namespace gantrain {

// Which LibTorch this process runs, for doctor and versions.json.
struct LibtorchInfo {
  std::string version;         // "2.13.0"
  std::string path;            // of the loaded libtorch_cpu.so
  std::string cpu_capability;  // "AVX512": what its kernels were chosen for
  bool cuda_build = false;
  int64_t threads = 1;
};
LibtorchInfo libtorch_info();

}  // namespace gantrain
