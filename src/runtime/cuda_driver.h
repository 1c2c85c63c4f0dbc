#pragma once

#include <string>

namespace gantrain {

// The two facts that LibTorch tells only to those who compile against the CUDA toolkit, asked of
// the driver library that LibTorch has loaded already.
std::string cuda_device_name(int index);  // "" when the driver does not say
int cuda_compute_capability(int index);   // 90 for SM 9.0; 0 when the driver does not say

}  // namespace gantrain
