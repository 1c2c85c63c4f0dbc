#include "config/schema_lookup.h"

#include <algorithm>

#include "gantrain/core/text.h"

#include "config/option_value.h"

namespace gantrain {
namespace {

// Every table of a section, with the variant it belongs to (null for the common one).
std::vector<std::pair<const SectionVariant*, const OptionTable*>> tables_of(
    const ConfigSection& section) {
  std::vector<std::pair<const SectionVariant*, const OptionTable*>> tables;
  if (section.table != nullptr) {
    tables.emplace_back(nullptr, section.table);
  }
  for (const SectionVariant& variant : section.variants) {
    if (variant.table != nullptr) {
      tables.emplace_back(&variant, variant.table);
    }
  }
  return tables;
}

// The option that goes by this name in other programs.
const Option* find_by_other_name(const OptionTable& table, const std::string& name) {
  for (const Option& option : table.options()) {
    const auto& names = option.known_elsewhere_as;
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return &option;
    }
  }
  return nullptr;
}

void add_once(std::vector<std::string>& words, const std::string& word) {
  constexpr size_t kMost = 4;
  if (words.size() < kMost && std::find(words.begin(), words.end(), word) == words.end()) {
    words.push_back(word);
  }
}

}  // namespace

std::string joined_key(const std::string& section, const std::string& key) {
  return section.empty() ? key : section + "." + key;
}

const ConfigSection* find_section(const ConfigSchema& schema, const std::string& path) {
  for (const ConfigSection& section : schema.sections) {
    if (section.path == path) {
      return &section;
    }
  }
  return nullptr;
}

const SectionVariant* find_variant(const ConfigSection& section, const std::string& name) {
  for (const SectionVariant& variant : section.variants) {
    if (variant.name == name) {
      return &variant;
    }
  }
  return nullptr;
}

std::vector<std::string> variant_names(const ConfigSection& section) {
  std::vector<std::string> names;
  for (const SectionVariant& variant : section.variants) {
    names.push_back(variant.name);
  }
  return names;
}

std::vector<std::string> child_objects(const ConfigSchema& schema, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + ".";
  std::vector<std::string> children;
  for (const ConfigSection& section : schema.sections) {
    if (section.path.size() > prefix.size() && section.path.starts_with(prefix)) {
      const std::string rest = section.path.substr(prefix.size());
      const std::string child = rest.substr(0, rest.find('.'));
      if (std::find(children.begin(), children.end(), child) == children.end()) {
        children.push_back(child);
      }
    }
  }
  return children;
}

const Option* find_option(const ConfigSection& section, const SectionVariant* variant,
                          const std::string& key) {
  const Option* option = section.table == nullptr ? nullptr : section.table->find(key);
  return option != nullptr || variant == nullptr || variant->table == nullptr
             ? option
             : variant->table->find(key);
}

std::string unknown_key_hint(const ConfigSchema& schema, const std::string& path,
                             const SectionVariant* variant, const std::string& key) {
  std::vector<std::string> candidates = child_objects(schema, path);
  if (path.empty()) {
    candidates.insert(candidates.end(), {"format", "extends"});
  }
  std::vector<std::string> other_variants;
  if (const ConfigSection* section = find_section(schema, path)) {
    if (!section->variants.empty()) {
      candidates.emplace_back("type");
    }
    for (const auto& [owner, table] : tables_of(*section)) {
      if (owner != nullptr && owner != variant) {
        if (table->find(key) != nullptr) {
          other_variants.push_back(owner->name);
        }
        continue;
      }
      if (const Option* option = find_by_other_name(*table, key)) {
        return "; \"" + printable(key) + "\" is called \"" + option->name + "\" here";
      }
      for (const Option& option : table->options()) {
        candidates.push_back(option.name);
      }
    }
  }
  if (!other_variants.empty()) {
    return "; it belongs to type " + quoted_alternatives(other_variants) +
           ", and the type here is \"" + variant->name + "\"";
  }
  std::vector<std::string> homes;
  std::vector<std::string> other_names;
  for (const ConfigSection& section : schema.sections) {
    for (const auto& [owner, table] : tables_of(section)) {
      if (table->find(key) != nullptr) {
        add_once(homes, section.path.empty() ? "the top level" : section.path);
      } else if (const Option* option = find_by_other_name(*table, key)) {
        add_once(other_names, "\"" + joined_key(section.path, option->name) + "\"");
      }
    }
  }
  if (!homes.empty()) {
    return "; it belongs to " + join(homes, " or ");
  }
  if (!other_names.empty()) {
    return "; \"" + printable(key) + "\" is called " + join(other_names, " or ") + " here";
  }
  if (const size_t dot = key.rfind('.'); dot != std::string::npos) {
    if (const ConfigSection* section = find_section(schema, joined_key(path, key.substr(0, dot)))) {
      return ". Keys are nested: put \"" + printable(key.substr(dot + 1)) +
             "\" into the object \"" + section->path + "\"";
    }
  }
  const std::string guess = did_you_mean(key, candidates);
  if (!guess.empty() || candidates.size() > 12) {
    return guess;
  }
  return "; expected " + quoted_alternatives(candidates);
}

}  // namespace gantrain
