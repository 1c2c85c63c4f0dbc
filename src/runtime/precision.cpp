#include <ATen/autocast_mode.h>

#include "gantrain/runtime/device.h"

namespace gantrain {

std::string precision_name(Precision precision) {
  switch (precision) {
    case Precision::kAuto:
      return "auto";
    case Precision::kFp64:
      return "fp64";
    case Precision::kFp32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kBf16:
      return "bf16";
  }
  return "";
}

bool cpu_multiplies_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;  // every processor with AMX has it too
#else
  return false;
#endif
}

PrecisionScope::PrecisionScope(torch::Device device, Precision precision)
    : type_(device.type()), enabled_(precision == Precision::kBf16 && !device.is_meta()) {
  if (!enabled_) {
    return;
  }
  before_ = at::autocast::is_autocast_enabled(type_);
  type_before_ = at::autocast::get_autocast_dtype(type_);
  at::autocast::set_autocast_enabled(type_, true);
  at::autocast::set_autocast_dtype(type_, torch::kBFloat16);
  at::autocast::increment_nesting();
}

// The cache of cast weights ends with the outermost scope: after it an optimizer may change them.
PrecisionScope::~PrecisionScope() {
  if (!enabled_) {
    return;
  }
  if (at::autocast::decrement_nesting() == 0) {
    at::autocast::clear_cache();
  }
  at::autocast::set_autocast_enabled(type_, before_);
  at::autocast::set_autocast_dtype(type_, type_before_);
}

}  // namespace gantrain
