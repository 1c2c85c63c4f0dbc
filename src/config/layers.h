#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/json_node.h"

namespace gantrain {

// The one tree that base files, a file and overrides make together, and its main source. "format",
// "extends" and "$schema" are checked and gone.
struct LayeredConfig {
  JsonNode root;
  std::shared_ptr<const JsonSource> source;
};

// Reads `file` over what it extends. Throws Error(kConfig).
LayeredConfig read_config_layers(const std::filesystem::path& file);

// One text without "extends".
LayeredConfig read_config_text(const std::string& text, const std::string& name);

// Adds "key.path=value" on top.
void apply_override(LayeredConfig& config, const std::string& assignment);

}  // namespace gantrain
