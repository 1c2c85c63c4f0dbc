#pragma once

#include <exception>

#include "gantrain/core/error.h"

namespace gantrain {

// What LibTorch or the C++ library threw, in our classes and words: memory of the host or the
// device is exhausted (kMemory), the device is lost (kDevice: an illegal access, a launch that
// failed, a device that vanished), anything else (kInternal). An Error is returned as it is. The
// message is one line, without LibTorch's stack trace.
Error explained(const std::exception& problem);

}  // namespace gantrain
