#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

uint64_t resident_bytes();       // of this process now (VmRSS)
uint64_t peak_resident_bytes();  // VmHWM
// The smallest of the machine's MemAvailable, what the cgroup leaves, and what `ulimit -v` leaves.
uint64_t available_host_bytes();
uint64_t peak_device_bytes(torch::Device device);  // reserved by the CUDA allocator; 0 on the CPU

// Freed blocks of every size stay with the process instead of going back to the system and coming
// again, page fault by page fault, in the next step (5 to 8 % of a DCGAN step on the CPU). For a
// process that repeats itself. Does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace gantrain
