#pragma once

#include <any>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gantrain/config/schema.h"
#include "gantrain/core/option_table.h"

namespace gantrain {

inline constexpr int64_t kConfigFormat = 1;

// The parsed values of one section: `type` names the chosen variant ("" without variants), `common`
// holds the struct of the section's own table, `options` that of the variant's table.
struct SectionValues {
  std::string type;
  std::any common;
  std::any options;
};

// One value that stands elsewhere than in the default, for messages.
struct ConfigDifference {
  std::string key;  // "optimizer.generator.learning_rate"
  std::string before;
  std::string after;  // both as JSON text
  OnResume resume = OnResume::kRefuse;
};

// A complete configuration: every key of every section has a value.
class Config {
 public:
  // Values of the section at `path` ("" is the root). The path must be in the schema.
  const SectionValues& section(const std::string& path) const { return sections_.at(path); }
  template <typename Options>
  const Options& options(const std::string& path) const {
    const SectionValues& values = section(path);
    if (const auto* chosen = std::any_cast<Options>(&values.options)) {
      return *chosen;
    }
    return std::any_cast<const Options&>(values.common);
  }

  // Where the value of a key was written: "configs/x.json:12:5: model.latent_dim", "--set:
  // model.latent_dim", or the key alone for a default. The start of an Error's sentence.
  std::string place(const std::string& key) const;

  // The resolved configuration as JSON text, with "format" and every default; reads back as an
  // equal Config. Paths come out as they resolved.
  std::string to_json() const;

  std::map<std::string, SectionValues> sections_;
  std::map<std::string, std::string> places_;  // key path -> "file:line:col" or "--set"
  const ConfigSchema* schema_ = nullptr;
};

// Reads a file with its "extends" chain, then the overrides "key.path=value" in order. Throws
// Error(kConfig) for everything of bad_inputs rows 1-28. The schema must outlive the result.
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                   const ConfigSchema& schema);

// The same for a text that stands elsewhere (inside a checkpoint); `name` is used in messages.
// "extends" is refused.
Config parse_config(const std::string& text, const std::string& name, const ConfigSchema& schema);

// Sets one key of a finished configuration by the rules of --set ("model.latent_dim=64"). Used by
// --resume --set.
void override_config(Config& config, const std::vector<std::string>& overrides);

// Every key whose value differs, in the order of the schema.
std::vector<ConfigDifference> compare_configs(const Config& before, const Config& after);

// JSON Schema (draft 2020-12) of what load_config accepts: for editors and validators.
std::string config_json_schema(const ConfigSchema& schema);

// Markdown tables of all keys: docs/configuration.md.
std::string config_reference(const ConfigSchema& schema);

// A commented JSON file to start from, for the given model and data variants: `gantrain config
// init`.
std::string starter_config(const ConfigSchema& schema,
                           const std::map<std::string, std::string>& types);

}  // namespace gantrain
