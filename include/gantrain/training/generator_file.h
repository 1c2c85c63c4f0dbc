#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "gantrain/archive/value.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

inline constexpr int64_t kCheckpointFormat = 1;
inline constexpr const char* kGeneratorKind = "generator";
inline constexpr const char* kTrainingKind = "training";

// The dictionary under the key "gantrain" of every file of ours.
struct FileHeader {
  int64_t format = kCheckpointFormat;
  std::string kind;         // kGeneratorKind or kTrainingKind
  std::string config_text;  // JSON, with every default
  std::string version;      // of gantrain
  int64_t step = 0;
  int64_t images_seen = 0;
};
Value header_value(const FileHeader& header);
// Throws Error(kCheckpoint): not ours, another format.
FileHeader read_header(const Value& root, const std::filesystem::path& path);

enum class WeightChoice { kEma, kRaw };

// A generator that was read from a file: everything that making pictures needs.
struct LoadedGenerator {
  FileHeader header;
  RunConfig config;
  std::filesystem::path path;
  NetworkMap networks;
  std::unique_ptr<Generator> generator;
};

// g.pt and snapshots: {"gantrain", "networks": the averaged weights when EMA is on}.
Value generator_file(const FileHeader& header, const NetworkMap& networks);

// The networks of a file as they lie in it, not yet modules.
struct StoredNetworks {
  FileHeader header;
  RunConfig config;
  std::filesystem::path path;  // the file that was read
  Value::Dict networks;        // name -> state dict

  const Value* find(const std::string& name) const;  // or nullptr
};

// The same files as load_generator(). Averaged weights where there are any and they are chosen; the
// networks of a training checkpoint that have no average (discriminators) are as trained. Throws
// Error(kCheckpoint).
StoredNetworks read_networks(const std::filesystem::path& path, WeightChoice weights);

// From g.pt, a snapshot, a training checkpoint or a run folder (its g.pt; its newest checkpoint for
// raw weights). Throws Error(kCheckpoint).
LoadedGenerator load_generator(const std::filesystem::path& path, WeightChoice weights,
                               torch::Device device);

}  // namespace gantrain
