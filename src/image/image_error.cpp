#include "gantrain/image/image_error.h"

namespace gantrain {

const char* image_fault_name(ImageFault fault) {
  switch (fault) {
    case ImageFault::kEmpty:
      return "empty";
    case ImageFault::kNotAnImage:
      return "not an image";
    case ImageFault::kUnsupported:
      return "unsupported";
    case ImageFault::kTooLarge:
      return "too large";
    case ImageFault::kDamaged:
      return "damaged";
  }
  return "";
}

}  // namespace gantrain
