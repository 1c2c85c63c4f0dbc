#include "gantrain/training/import_weights.h"

#include <algorithm>
#include <utility>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/core/version.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/state_dict.h"

#include "training/finite.h"
#include "training/misfits.h"

namespace gantrain {
namespace {

std::vector<NeededTensor> needs_of(const Value::Dict& state) {
  std::vector<NeededTensor> needed;
  for (const auto& [key, value] : state) {
    needed.push_back({key, value.as<torch::Tensor>().sizes().vec()});
  }
  return needed;
}

Value read_foreign_file(const std::filesystem::path& file) {
  Value root = read_pt_file(file).root;
  if (root.find("gantrain") != nullptr) {
    throw Error(ErrorKind::kCheckpoint,
                printable(file.string()) +
                    ": is a file of gantrain already; sample, translate and inspect take it as it "
                    "is");
  }
  return root;
}

void check_finite(const ImportedNetwork& network, const std::string& where) {
  for (const WeightMatch::Pair& pair : network.match.pairs) {
    if (has_non_finite(pair.tensor)) {
      throw Error(ErrorKind::kCheckpoint,
                  where + ": \"" + printable(pair.from) +
                      "\" holds numbers that are not finite; nothing was loaded");
    }
  }
}

ImportedNetwork match_network(const ImportSource& source, const std::string& name,
                              const Value::Dict& state) {
  const std::string where = printable(source.file.string());
  ImportedNetwork result{name, source.file, {}, {}};
  result.weights = find_foreign_weights(read_foreign_file(source.file), source.place, where);
  result.match = match_weights(result.weights.tensors, needs_of(state));
  Misfits misfits;
  for (const std::string& line : result.match.differences) {
    misfits.add(line);
  }
  misfits.throw_if_any(where, "network (" + name + " of the configuration)");
  check_finite(result, where);
  return result;
}

void copy_into(const Value::Dict& state, const WeightMatch& match) {
  for (const auto& [key, value] : state) {
    const auto pair =
        std::find_if(match.pairs.begin(), match.pairs.end(),
                     [&key = key](const WeightMatch::Pair& each) { return each.to == key; });
    if (pair != match.pairs.end()) {
      overwrite(value.as<torch::Tensor>(), pair->tensor);
    }
  }
}

std::vector<std::string> names_of(const NetworkMap& networks) {
  std::vector<std::string> names;
  for (const auto& network : networks) {
    names.push_back(network.key());
  }
  return names;
}

// The source of each network, in the model's order.
std::vector<ImportSource> sources_by_network(const std::vector<ImportSource>& sources,
                                             const std::vector<std::string>& names) {
  std::vector<ImportSource> ordered(names.size());
  std::vector<bool> given(names.size());
  for (const ImportSource& source : sources) {
    const std::string name =
        source.network.empty() && names.size() == 1 ? names[0] : source.network;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw Error(ErrorKind::kUsage, name.empty()
                                         ? "the model has several generators (" +
                                               join(names, ", ") + "); give a file for each, as " +
                                               names[0] + "=" + printable(source.file.string())
                                         : "the model has no generator \"" + printable(name) +
                                               "\"" + did_you_mean(name, names) + " (there is " +
                                               join(names, ", ") + ")");
    }
    const auto index = static_cast<size_t>(found - names.begin());
    if (given[index]) {
      throw Error(ErrorKind::kUsage, "two files are given for the generator \"" + name + "\"");
    }
    given[index] = true;
    ordered[index] = source;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (!given[i]) {
      throw Error(ErrorKind::kUsage, "no file is given for the generator \"" + names[i] +
                                         "\"; a single generator goes into a configuration of a "
                                         "model with one");
    }
  }
  return ordered;
}

}  // namespace

std::vector<ImportedNetwork> import_weights(const std::vector<ImportSource>& sources,
                                            const RunConfig& config,
                                            const std::filesystem::path& out) {
  const torch::NoGradGuard no_grad;
  const NetworkMap networks = build_generator_networks(config.model);
  std::vector<ImportedNetwork> imported;
  for (const ImportSource& source : sources_by_network(sources, names_of(networks))) {
    const std::string name = names_of(networks)[imported.size()];
    imported.push_back(match_network(source, name, state_dict(*networks[name])));
  }
  for (const ImportedNetwork& each : imported) {
    copy_into(state_dict(*networks[each.network]), each.match);
  }
  FileHeader header;
  header.kind = kGeneratorKind;
  header.config_text = config.config.to_json();
  header.version = version();
  write_pt_file(out, generator_file(header, networks));
  return imported;
}

}  // namespace gantrain
