#pragma once

#include <string>
#include <vector>

#include "gantrain/config/schema.h"

namespace gantrain {

// "model" + "latent_dim" -> "model.latent_dim"; the root's path is "".
std::string joined_key(const std::string& section, const std::string& key);

const ConfigSection* find_section(const ConfigSchema& schema, const std::string& path);
const SectionVariant* find_variant(const ConfigSection& section, const std::string& name);
std::vector<std::string> variant_names(const ConfigSection& section);

// The names of the objects directly inside `path`, sections or not, in the order of the schema.
std::vector<std::string> child_objects(const ConfigSchema& schema, const std::string& path);

// The option `key` among the keys that every variant has and those of `variant` (may be null).
const Option* find_option(const ConfigSection& section, const SectionVariant* variant,
                          const std::string& key);

// The sentence after "unknown key": what the key may have been meant to be.
std::string unknown_key_hint(const ConfigSchema& schema, const std::string& path,
                             const SectionVariant* variant, const std::string& key);

}  // namespace gantrain
