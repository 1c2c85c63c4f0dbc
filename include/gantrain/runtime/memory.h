#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

uint64_t resident_bytes();       // of this process now (VmRSS)
uint64_t peak_resident_bytes();  // VmHWM
// The smallest of the machine's MemAvailable, what the cgroup leaves, and what `ulimit -v` leaves.
uint64_t available_host_bytes();
uint64_t peak_device_bytes(torch::Device device);  // reserved by the CUDA allocator; 0 on the CPU

}  // namespace gantrain
