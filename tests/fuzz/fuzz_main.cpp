// One libFuzzer program per target; CMake names the target's function.

#include <cstddef>
#include <cstdint>

#include "fuzz/config_target.h"
#include "fuzz/idx_target.h"
#include "fuzz/image_target.h"
#include "fuzz/pt_file_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gantrain::GANTRAIN_FUZZ_FUNCTION({reinterpret_cast<const char*>(data), size});
  return 0;
}
