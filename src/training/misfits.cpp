#include "training/misfits.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr size_t kShownMisfits = 10;

}  // namespace

bool Misfits::fits(const std::string& name, const Value* saved, const torch::Tensor& target) {
  if (saved == nullptr || !saved->is<torch::Tensor>()) {
    add(name + ": missing in the file (expected " + shape_text(target.sizes()) + ")");
    return false;
  }
  const auto& tensor = saved->as<torch::Tensor>();
  if (tensor.sizes() != target.sizes()) {
    add(name + ": file has " + shape_text(tensor.sizes()) + ", expected " +
        shape_text(target.sizes()));
    return false;
  }
  return true;
}

void Misfits::find_extra(const Value& saved, const std::vector<std::string>& known,
                         const std::string& prefix) {
  if (!saved.is<Value::Dict>()) {
    return;
  }
  for (const auto& [key, value] : saved.as<Value::Dict>()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      add(prefix + printable(key) + ": in the file, not expected");
    }
  }
}

void Misfits::throw_if_any(const std::string& where, const std::string& what) const {
  if (lines_.empty()) {
    return;
  }
  std::string message = where + ": does not fit this " + what + "; nothing was loaded. " +
                        std::to_string(lines_.size()) +
                        (lines_.size() == 1 ? " difference:" : " differences:");
  for (size_t i = 0; i < lines_.size() && i < kShownMisfits; ++i) {
    message += "\n  " + lines_[i];
  }
  if (lines_.size() > kShownMisfits) {
    message += "\n  ...";
  }
  throw Error(ErrorKind::kCheckpoint, message);
}

}  // namespace gantrain
