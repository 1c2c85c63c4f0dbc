#include "gantrain/training/export_weights.h"

#include <vector>

#include "gantrain/archive/pt_file.h"
#include "gantrain/archive/safetensors.h"
#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

// The name of the network that is meant.
std::string chosen_network(const StoredNetworks& stored, const std::string& wanted) {
  std::vector<std::string> all;
  for (const auto& [name, state] : stored.networks) {
    all.push_back(name);
  }
  const std::string where = printable(stored.path.string());
  if (!wanted.empty()) {
    if (stored.find(wanted) == nullptr) {
      throw Error(ErrorKind::kCheckpoint, where + ": holds no network \"" + printable(wanted) +
                                              "\"" + did_you_mean(wanted, all) + " (there is " +
                                              join(all, ", ") + ")");
    }
    return wanted;
  }
  const NetworkMap generators = build_generator_networks(stored.config.model);
  if (generators.size() == 1) {
    return chosen_network(stored, generators.begin()->key());
  }
  throw Error(ErrorKind::kUsage, where + ": holds several generators; say which one with " +
                                     "--network (there is " + join(all, ", ") + ")");
}

// Contiguous host copies, so that no stride of ours is seen outside.
Value::Dict plain_state(const Value::Dict& state) {
  Value::Dict plain;
  for (const auto& [key, value] : state) {
    if (value.is<torch::Tensor>()) {
      plain.emplace_back(key, value.as<torch::Tensor>().to(torch::kCPU).contiguous());
    }
  }
  return plain;
}

}  // namespace

ExportedWeights export_weights(const std::filesystem::path& source, WeightChoice weights,
                               const std::string& network, WeightFormat format,
                               const std::filesystem::path& out) {
  const torch::NoGradGuard no_grad;
  const StoredNetworks stored = read_networks(source, weights);
  ExportedWeights result{chosen_network(stored, network), 0, 0};
  const Value::Dict state = plain_state(stored.find(result.network)->as<Value::Dict>());
  for (const auto& [key, value] : state) {
    ++result.tensors;
    result.values += value.as<torch::Tensor>().numel();
  }
  if (format == WeightFormat::kPt) {
    write_pt_file(out, state);
  } else {
    write_safetensors_file(out, state,
                           {{"format", "pt"},
                            {"gantrain.version", stored.header.version},
                            {"gantrain.network", result.network},
                            {"gantrain.step", std::to_string(stored.header.step)},
                            {"gantrain.config", stored.header.config_text}});
  }
  return result;
}

}  // namespace gantrain
