#include "gantrain/training/state_dict.h"

#include <utility>
#include <vector>

#include "gantrain/nn/module_tools.h"

#include "training/misfits.h"

namespace gantrain {
namespace {

void collect(const torch::nn::Module& module, const std::string& prefix, Value::Dict& result) {
  for (const auto& item : module.named_parameters(/*recurse=*/false)) {
    if (item.value().defined()) {
      result.emplace_back(prefix + item.key(), item.value());
    }
  }
  for (const auto& item : module.named_buffers(/*recurse=*/false)) {
    if (item.value().defined()) {
      result.emplace_back(prefix + item.key(), item.value());
    }
  }
  for (const auto& child : module.named_children()) {
    collect(*child.value(), prefix + child.key() + ".", result);
  }
}

// Adds what does not fit; and gives the pairs to copy when all does.
std::vector<std::pair<torch::Tensor, torch::Tensor>> compare(const torch::nn::Module& module,
                                                             const Value& saved,
                                                             const std::string& prefix,
                                                             Misfits& misfits) {
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;
  std::vector<std::string> keys;
  for (const auto& [key, value] : state_dict(module)) {
    const auto& target = value.as<torch::Tensor>();
    const Value* found = saved.is<Value::Dict>() ? saved.find(key) : nullptr;
    if (misfits.fits(prefix + key, found, target)) {
      copies.emplace_back(target, found->as<torch::Tensor>());
    }
    keys.push_back(key);
  }
  misfits.find_extra(saved, keys, prefix);
  return copies;
}

}  // namespace

Value::Dict state_dict(const torch::nn::Module& module) {
  Value::Dict result;
  collect(module, "", result);
  return result;
}

void load_state_dict(torch::nn::Module& module, const Value& saved, const std::string& where) {
  Misfits misfits;
  const auto copies = compare(module, saved, "", misfits);
  misfits.throw_if_any(where, "network");
  for (const auto& [target, source] : copies) {
    overwrite(target, source);
  }
}

Value::Dict save_networks(const NetworkMap& networks) {
  Value::Dict result;
  for (const auto& network : networks) {
    result.emplace_back(network.key(), state_dict(*network.value()));
  }
  return result;
}

void compare_networks(const NetworkMap& networks, const Value& saved, const std::string& prefix,
                      Misfits& misfits) {
  for (const auto& network : networks) {
    const Value* entry = saved.is<Value::Dict>() ? saved.find(network.key()) : nullptr;
    if (entry == nullptr) {
      misfits.add(prefix + network.key() + ": missing in the file (expected a network)");
    } else {
      compare(*network.value(), *entry, prefix + network.key() + ".", misfits);
    }
  }
}

void load_networks(NetworkMap& networks, const Value& saved, const std::string& where) {
  Misfits misfits;
  compare_networks(networks, saved, "", misfits);
  misfits.throw_if_any(where, "model");
  for (const auto& network : networks) {
    load_state_dict(*network.value(), *saved.find(network.key()), where + "." + network.key());
  }
}

}  // namespace gantrain
