#include "training/finite.h"

#include <utility>

#include <torch/torch.h>

namespace gantrain {
namespace {

std::string joined(const std::string& key, const std::string& rest) {
  return rest.empty() ? key : key + "." + rest;
}

template <typename Bits>
bool any_with_exponent(const torch::Tensor& dense, Bits exponent) {
  const auto* bits = static_cast<const Bits*>(dense.const_data_ptr());
  const int64_t count = dense.numel();
  Bits found = 0;
  for (int64_t i = 0; i < count; ++i) {
    found |= static_cast<Bits>((bits[i] & exponent) == exponent);
  }
  return found != 0;
}

}  // namespace

// By the bits and with this thread alone: this runs beside training, and a library operator would
// start a second team of threads.
bool has_non_finite(const torch::Tensor& tensor) {
  if (!tensor.is_floating_point()) {
    return false;
  }
  const torch::Tensor dense = tensor.is_non_overlapping_and_dense() ? tensor : tensor.contiguous();
  switch (tensor.element_size()) {
    case 8:
      return any_with_exponent<uint64_t>(dense, 0x7ff0'0000'0000'0000);
    case 4:
      return any_with_exponent<uint32_t>(dense, 0x7f80'0000);
    case 2:
      return any_with_exponent<uint16_t>(dense,
                                         tensor.scalar_type() == torch::kHalf ? 0x7c00 : 0x7f80);
    default:
      return !torch::isfinite(tensor).all().item<bool>();
  }
}

namespace {

// Whether the tree has such a tensor, and where.
bool find(const Value& tree, std::string& where) {
  if (tree.is<torch::Tensor>()) {
    where.clear();
    return has_non_finite(tree.as<torch::Tensor>());
  }
  if (tree.is<Value::Dict>()) {
    for (const auto& [key, entry] : tree.as<Value::Dict>()) {
      if (find(entry, where)) {
        where = joined(key, where);
        return true;
      }
    }
  }
  if (tree.is<Value::List>()) {
    const auto& list = tree.as<Value::List>();
    for (size_t i = 0; i < list.size(); ++i) {
      if (find(list[i], where)) {
        where = joined(std::to_string(i), where);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::string first_non_finite(const Value& checkpoint) {
  torch::NoGradGuard no_grad;
  const Value* state = checkpoint.find("state");
  const std::pair<std::string, const Value*> sections[] = {
      {"networks", checkpoint.find("networks")},
      {"ema", checkpoint.find("ema")},
      {"optimizers", checkpoint.find("optimizers")},
      {"state.model", state != nullptr ? state->find("model") : nullptr},
  };
  std::string where;
  for (const auto& [name, section] : sections) {
    if (section != nullptr && find(*section, where)) {
      return joined(name, where);
    }
  }
  return "";
}

}  // namespace gantrain
