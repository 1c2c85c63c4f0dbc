#include "gantrain/config/config.h"

#include <algorithm>

#include "config/binder.h"
#include "config/json_node.h"
#include "config/layers.h"
#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

// The object at a section's path, made with its parents when it is not there yet.
JsonNode& object_at(JsonNode& root, const std::string& path) {
  JsonNode* node = &root;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('.', start), path.size());
    const std::string key = path.substr(start, end - start);
    auto& members = node->members;
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const JsonMember& member) { return member.key == key; });
    node = found == members.end() ? &node->add(key, JsonNode::object()) : &found->value;
    start = end + 1;
  }
  return *node;
}

void add_options(JsonNode& object, const OptionTable* table, const std::any& options) {
  if (table == nullptr) {
    return;
  }
  for (const Option& option : table->options()) {
    object.add(option.name, option_value_to_json(option.get(options)));
  }
}

// A complete configuration holds every key of its variants: those of a variant that an override
// deselects are no choice of anybody, and the new variant starts from its defaults.
void drop_deselected_variants(JsonNode& root, const Config& before) {
  for (const ConfigSection& section : before.schema_->sections) {
    const std::string& type = before.section(section.path).type;
    const SectionVariant* variant = find_variant(section, type);
    JsonNode& object = object_at(root, section.path);
    const JsonNode* chosen = object.find("type");
    if (variant == nullptr || variant->table == nullptr || chosen == nullptr ||
        chosen->text == type) {
      continue;
    }
    std::erase_if(object.members, [&](const JsonMember& member) {
      return !member.key_place.is_override() && variant->table->find(member.key) != nullptr;
    });
  }
}

}  // namespace

std::string Config::place(const std::string& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? key : found->second + ": " + key;
}

std::string Config::to_json() const {
  JsonNode root = JsonNode::object();
  root.add("format", JsonNode::of_number(std::to_string(kConfigFormat)));
  for (const ConfigSection& section : schema_->sections) {
    const SectionValues& values = sections_.at(section.path);
    JsonNode& object = object_at(root, section.path);
    if (!section.variants.empty()) {
      object.add("type", JsonNode::of_text(values.type));
    }
    const SectionVariant* variant = find_variant(section, values.type);
    add_options(object, section.table, values.common);
    add_options(object, variant == nullptr ? nullptr : variant->table, values.options);
  }
  return json_pretty(root);
}

Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                   const ConfigSchema& schema) {
  LayeredConfig layers = read_config_layers(file);
  for (const std::string& assignment : overrides) {
    apply_override(layers, assignment);
  }
  return bind_config(layers, schema);
}

Config parse_config(const std::string& text, const std::string& name, const ConfigSchema& schema) {
  return bind_config(read_config_text(text, name), schema);
}

void override_config(Config& config, const std::vector<std::string>& overrides) {
  LayeredConfig layers = read_config_text(config.to_json(), "the configuration");
  for (const std::string& assignment : overrides) {
    apply_override(layers, assignment);
  }
  drop_deselected_variants(layers.root, config);
  Config changed = bind_config(layers, *config.schema_);
  std::map<std::string, std::string> places;
  for (const auto& [key, place] : changed.places_) {
    const auto before = config.places_.find(key);
    if (place == "--set") {
      places[key] = place;
    } else if (before != config.places_.end()) {
      places[key] = before->second;
    }
  }
  changed.places_ = std::move(places);
  config = std::move(changed);
}

}  // namespace gantrain
