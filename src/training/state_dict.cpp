#include "gantrain/training/state_dict.h"

#include <sstream>
#include <vector>

#include "gantrain/core/error.h"
#include "gantrain/nn/module_tools.h"

namespace gantrain {
namespace {

constexpr size_t kDifferencesShown = 10;

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

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

// What does not fit, one line each; and the pairs to copy when all does.
std::vector<std::string> differences(const Value::Dict& wanted, const Value::Dict& saved,
                                     std::vector<std::pair<torch::Tensor, torch::Tensor>>& copies) {
  std::vector<std::string> lines;
  const Value saved_value{Value::Dict(saved)};
  const Value wanted_value{Value::Dict(wanted)};
  for (const auto& [key, value] : wanted) {
    const auto& target = value.as<torch::Tensor>();
    const Value* found = saved_value.find(key);
    if (found == nullptr || !found->is<torch::Tensor>()) {
      lines.push_back(key + ": missing in the file (expected " + shape_text(target) + ")");
    } else if (found->as<torch::Tensor>().sizes() != target.sizes()) {
      lines.push_back(key + ": file has " + shape_text(found->as<torch::Tensor>()) +
                      ", network has " + shape_text(target));
    } else {
      copies.emplace_back(target, found->as<torch::Tensor>());
    }
  }
  for (const auto& [key, value] : saved) {
    if (wanted_value.find(key) == nullptr) {
      lines.push_back(key + ": in the file, not in the network");
    }
  }
  return lines;
}

}  // namespace

Value::Dict state_dict(const torch::nn::Module& module) {
  Value::Dict result;
  collect(module, "", result);
  return result;
}

void load_state_dict(torch::nn::Module& module, const Value& saved, const std::string& where) {
  if (!saved.is<Value::Dict>()) {
    throw Error(ErrorKind::kCheckpoint, where + ": expected a dictionary of tensors");
  }
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;
  const auto lines = differences(state_dict(module), saved.as<Value::Dict>(), copies);
  if (!lines.empty()) {
    std::string message = where + ": does not fit this network; nothing was loaded. " +
                          std::to_string(lines.size()) +
                          (lines.size() == 1 ? " difference:" : " differences:");
    for (size_t i = 0; i < lines.size() && i < kDifferencesShown; ++i) {
      message += "\n  " + lines[i];
    }
    if (lines.size() > kDifferencesShown) {
      message += "\n  ...";
    }
    throw Error(ErrorKind::kCheckpoint, message);
  }
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

void load_networks(NetworkMap& networks, const Value& saved, const std::string& where) {
  for (const auto& network : networks) {
    const Value* entry = saved.is<Value::Dict>() ? saved.find(network.key()) : nullptr;
    if (entry == nullptr) {
      throw Error(ErrorKind::kCheckpoint, where + ": has no network \"" + network.key() + "\"");
    }
    load_state_dict(*network.value(), *entry, where + "." + network.key());
  }
}

}  // namespace gantrain
