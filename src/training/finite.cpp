#include "training/finite.h"

#include <utility>

#include <torch/torch.h>

namespace gantrain {
namespace {

std::string joined(const std::string& key, const std::string& rest) {
  return rest.empty() ? key : key + "." + rest;
}

bool is_bad(const torch::Tensor& tensor) {
  return (tensor.is_floating_point() || tensor.is_complex()) &&
         !torch::isfinite(tensor).all().item<bool>();
}

// Whether the tree has such a tensor, and where.
bool find(const Value& tree, std::string& where) {
  if (tree.is<torch::Tensor>()) {
    where.clear();
    return is_bad(tree.as<torch::Tensor>());
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
