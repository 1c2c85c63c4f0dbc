#pragma once

#include <string>

#include "gantrain/image/image_error.h"

namespace gantrain {

// What every reader of an image format throws.

[[noreturn]] inline void damaged(const std::string& reason) {
  throw ImageError(ImageFault::kDamaged, reason);
}

// kind: "an arithmetic-coded JPEG"; instead: what to convert it to.
[[noreturn]] inline void unsupported(const std::string& kind, const std::string& instead) {
  throw ImageError(ImageFault::kUnsupported, kind + " is not supported; convert it to " + instead);
}

}  // namespace gantrain
