#include "training/transfer.h"

#include <algorithm>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/state_dict.h"

#include "training/finite.h"

namespace gantrain {
namespace {

constexpr size_t kShownNames = 10;

using Copies = std::vector<std::pair<torch::Tensor, torch::Tensor>>;  // to, from

// An entry of a network in a file, where it is a tensor.
const torch::Tensor* tensor_in(const Value* network, const std::string& key) {
  const Value* found =
      network != nullptr && network->is<Value::Dict>() ? network->find(key) : nullptr;
  return found != nullptr && found->is<torch::Tensor>() ? &found->as<torch::Tensor>() : nullptr;
}

void match(const std::string& name, const Value::Dict& state, const Value* saved,
           Transfer& transfer, Copies& copies) {
  for (const auto& [key, value] : state) {
    const auto& target = value.as<torch::Tensor>();
    const torch::Tensor* source = tensor_in(saved, key);
    const std::string full = name + "." + key;
    if (source == nullptr) {
      transfer.left.push_back(full);
    } else if (source->sizes() != target.sizes()) {
      transfer.mismatched.push_back(full + ": file has " + shape_text(source->sizes()) +
                                    ", expected " + shape_text(target.sizes()));
    } else {
      if (has_non_finite(*source)) {
        throw Error(ErrorKind::kCheckpoint,
                    printable(transfer.file.string()) + ": " + full +
                        " holds numbers that are not finite; nothing was loaded");
      }
      copies.emplace_back(target, *source);
    }
  }
}

void list_unused(const std::string& name, const Value& saved, const Value::Dict& state,
                 Transfer& transfer) {
  if (!saved.is<Value::Dict>()) {
    return;
  }
  for (const auto& [key, value] : saved.as<Value::Dict>()) {
    if (std::none_of(state.begin(), state.end(),
                     [&key = key](const auto& entry) { return entry.first == key; })) {
      transfer.unused.push_back(name + "." + printable(key));
    }
  }
}

std::string listed(const char* what, const std::vector<std::string>& names) {
  if (names.empty()) {
    return "";
  }
  std::string text = "\n  " + std::string(what) + " (" + std::to_string(names.size()) + "):";
  for (size_t i = 0; i < names.size() && i < kShownNames; ++i) {
    text += "\n    " + names[i];
  }
  return text + (names.size() > kShownNames ? "\n    ..." : "");
}

}  // namespace

Transfer transfer_weights(const std::filesystem::path& path, TrainingState& state) {
  const StoredNetworks stored = read_networks(path, WeightChoice::kEma);
  Transfer transfer{stored.path, stored.header.step, 0, {}, {}, {}};
  const NetworkMap& networks = state.model().networks();
  Copies copies;
  for (const auto& network : networks) {
    match(network.key(), state_dict(*network.value()), stored.find(network.key()), transfer,
          copies);
  }
  for (const auto& [name, saved] : stored.networks) {
    const auto* network = networks.find(name);
    list_unused(printable(name), saved, network == nullptr ? Value::Dict{} : state_dict(**network),
                transfer);
  }
  transfer.taken = static_cast<int64_t>(copies.size());
  // Counters of batch norm have no shape that could tell.
  if (std::none_of(copies.begin(), copies.end(),
                   [](const auto& copy) { return copy.first.is_floating_point(); })) {
    throw Error(ErrorKind::kCheckpoint,
                printable(stored.path.string()) +
                    ": nothing in it fits this model, so training.init_from would change nothing" +
                    listed("of another shape", transfer.mismatched) +
                    listed("only in the file", transfer.unused));
  }
  for (const auto& [target, source] : copies) {
    overwrite(target, source);
  }
  state.restart_average();
  return transfer;
}

std::string describe(const Transfer& transfer) {
  const auto all =
      transfer.taken + static_cast<int64_t>(transfer.mismatched.size() + transfer.left.size());
  return "starting from " + printable(transfer.file.string()) + " (step " +
         format_count(transfer.step) + "): took " + format_count(transfer.taken) + " of " +
         format_count(all) + " tensors" +
         listed("of another shape, as initialised", transfer.mismatched) +
         listed("not in the file, as initialised", transfer.left) +
         listed("only in the file", transfer.unused);
}

}  // namespace gantrain
