#include "gantrain/training/generator_file.h"

#include <utility>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/run_folder.h"
#include "gantrain/core/text.h"
#include "gantrain/nn/module_tools.h"
#include "gantrain/training/state_dict.h"

namespace gantrain {
namespace {

template <typename T>
T required(const Value& dictionary, const char* key, const std::string& where) {
  const Value* found = dictionary.is<Value::Dict>() ? dictionary.find(key) : nullptr;
  if (found == nullptr || !found->is<T>()) {
    throw Error(
        ErrorKind::kCheckpoint,
        where + ": \"gantrain." + key +
            "\" is missing or of another type; the file is not a checkpoint that gantrain wrote");
  }
  return found->as<T>();
}

// The networks to use: a training file has "networks" (as trained) and "ema"; a generator file has
// one set.
Value::Dict chosen_networks(const Value& root, const StoredNetworks& stored, WeightChoice choice,
                            const std::string& where) {
  const Value* networks = root.find("networks");
  const Value* averaged = root.find("ema");
  if (networks == nullptr || !networks->is<Value::Dict>()) {
    throw Error(ErrorKind::kCheckpoint, where + ": holds no networks");
  }
  if (choice == WeightChoice::kRaw && stored.header.kind == kGeneratorKind &&
      stored.config.ema.enabled) {
    throw Error(ErrorKind::kCheckpoint, where +
                                            ": holds the averaged weights only; for --weights raw "
                                            "give the run folder or one of its checkpoints");
  }
  Value::Dict chosen = networks->as<Value::Dict>();
  if (choice == WeightChoice::kEma && averaged != nullptr) {
    for (auto& [name, state] : chosen) {
      if (const Value* average = averaged->find(name)) {
        state = *average;
      }
    }
  }
  return chosen;
}

// The file inside a run folder that has the wanted weights: g.pt, or for raw ones the newest
// checkpoint.
std::filesystem::path file_of(const std::filesystem::path& path, WeightChoice choice) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    return path;
  }
  const RunFolder folder(path);
  if (choice == WeightChoice::kRaw) {
    const auto checkpoints = folder.checkpoints_by_step();
    if (!checkpoints.empty()) {
      return checkpoints.back();
    }
  }
  return folder.generator();
}

}  // namespace

Value header_value(const FileHeader& header) {
  Value::Dict dict;
  dict.emplace_back("format", header.format);
  dict.emplace_back("kind", header.kind);
  dict.emplace_back("version", header.version);
  dict.emplace_back("step", header.step);
  dict.emplace_back("images_seen", header.images_seen);
  dict.emplace_back("config", header.config_text);
  return dict;
}

FileHeader read_header(const Value& root, const std::filesystem::path& path) {
  const std::string where = printable(path.string());
  const Value* found = root.is<Value::Dict>() ? root.find("gantrain") : nullptr;
  if (found == nullptr) {
    throw Error(ErrorKind::kCheckpoint,
                where +
                    ": not a gantrain checkpoint (it has no \"gantrain\" entry); weights of "
                    "another program come in with `gantrain import`");
  }
  FileHeader header;
  header.format = required<int64_t>(*found, "format", where);
  if (header.format > kCheckpointFormat) {
    throw Error(ErrorKind::kCheckpoint, where + ": has format " + std::to_string(header.format) +
                                            ", this gantrain reads up to " +
                                            std::to_string(kCheckpointFormat) +
                                            "; use a newer gantrain");
  }
  if (header.format < 1) {
    throw Error(ErrorKind::kCheckpoint, where + ": \"gantrain.format\" is out of range (got " +
                                            std::to_string(header.format) +
                                            ", expected at least 1)");
  }
  header.kind = required<std::string>(*found, "kind", where);
  header.version = required<std::string>(*found, "version", where);
  header.step = required<int64_t>(*found, "step", where);
  header.images_seen = required<int64_t>(*found, "images_seen", where);
  header.config_text = required<std::string>(*found, "config", where);
  return header;
}

Value generator_file(const FileHeader& header, const NetworkMap& networks) {
  Value::Dict root;
  root.emplace_back("gantrain", header_value(header));
  root.emplace_back("networks", save_networks(networks));
  return root;
}

const Value* StoredNetworks::find(const std::string& name) const {
  for (const auto& [network, state] : networks) {
    if (network == name) {
      return &state;
    }
  }
  return nullptr;
}

StoredNetworks read_networks(const std::filesystem::path& path, WeightChoice weights) {
  StoredNetworks stored;
  stored.path = file_of(path, weights);
  const Value root = read_pt_file(stored.path).root;
  const std::string where = printable(stored.path.string());
  stored.header = read_header(root, stored.path);
  stored.config = parse_run_config(stored.header.config_text, where + " (its configuration)");
  stored.networks = chosen_networks(root, stored, weights, where);
  return stored;
}

LoadedGenerator load_generator(const std::filesystem::path& path, WeightChoice weights,
                               torch::Device device) {
  StoredNetworks stored = read_networks(path, weights);
  LoadedGenerator loaded;
  loaded.networks = build_generator_networks(stored.config.model);
  load_networks(loaded.networks, Value(std::move(stored.networks)),
                printable(stored.path.string()) + ": networks");
  for (const auto& network : loaded.networks) {
    place_module(*network.value(), device, torch::kFloat);
    network.value()->eval();
  }
  loaded.generator = build_generator(stored.config.model, loaded.networks);
  loaded.header = std::move(stored.header);
  loaded.config = std::move(stored.config);
  loaded.path = std::move(stored.path);
  return loaded;
}

}  // namespace gantrain
