#include "config/binder.h"

#include <algorithm>
#include <utility>

#include "gantrain/core/text.h"

#include "config/json_reader.h"
#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

class Binder {
 public:
  Binder(const LayeredConfig& layers, const ConfigSchema& schema)
      : layers_(layers), schema_(schema) {
    config_.schema_ = &schema;
  }

  Config bind() {
    visit(layers_.root, "");
    for (const ConfigSection& section : schema_.sections) {
      if (!config_.sections_.contains(section.path)) {
        start_section(section, nullptr);
      }
    }
    for (const ConfigSection& section : schema_.sections) {
      check_required(section);
    }
    for (const ConfigSection& section : schema_.sections) {
      check_conflicts(section);
    }
    return std::move(config_);
  }

 private:
  void visit(const JsonNode& node, const std::string& path);
  SectionValues& start_section(const ConfigSection& section, const JsonNode* node);
  void set(const ConfigSection& section, const SectionVariant* variant, SectionValues& values,
           const JsonMember& member);
  bool gives_way(const ConfigSection& section, const JsonNode& object,
                 const JsonMember& member) const;
  void check_required(const ConfigSection& section) const;
  void check_conflicts(const ConfigSection& section) const;
  [[noreturn]] void fail_unknown(const std::string& path, const SectionVariant* variant,
                                 const JsonMember& member) const;
  void remember(const std::string& key, const JsonPlace& place) {
    config_.places_[key] = place.is_override() ? "--set" : place.text();
  }

  const LayeredConfig& layers_;
  const ConfigSchema& schema_;
  Config config_;
};

void Binder::visit(const JsonNode& node, const std::string& path) {
  if (node.kind != JsonNode::Kind::kObject) {
    const bool set = node.place.is_override();
    throw config_error(node.place, path,
                       (set ? "\"" + path + "\" is" : "is") + std::string(" a section (got ") +
                           json_short(node) + ", expected an object)" +
                           (set ? ". Set its keys one by one" : ""));
  }
  const ConfigSection* section = find_section(schema_, path);
  SectionValues* values = section == nullptr ? nullptr : &start_section(*section, &node);
  const SectionVariant* variant =
      section == nullptr ? nullptr : find_variant(*section, values->type);
  const std::vector<std::string> children = child_objects(schema_, path);
  for (const JsonMember& member : node.members) {
    const std::string key = joined_key(path, member.key);
    if (std::find(children.begin(), children.end(), member.key) != children.end()) {
      visit(member.value, key);
    } else if (section != nullptr && find_option(*section, variant, member.key) != nullptr) {
      set(*section, variant, *values, member);
    } else if (section == nullptr || section->variants.empty() ||
               (member.key != "type" && !gives_way(*section, node, member))) {
      fail_unknown(path, variant, member);
    }
  }
}

SectionValues& Binder::start_section(const ConfigSection& section, const JsonNode* node) {
  SectionValues& values = config_.sections_[section.path];
  if (section.table != nullptr) {
    values.common = section.table->make_default();
  }
  if (section.variants.empty()) {
    return values;
  }
  Option type;
  type.name = "type";
  type.type = OptionType::kChoice;
  type.choices = variant_names(section);
  const std::string key = joined_key(section.path, "type");
  const JsonNode* given = node == nullptr ? nullptr : node->find("type");
  if (given != nullptr) {
    values.type = std::get<std::string>(parse_option_value(type, *given, key));
    remember(key, given->place);
  } else if (!section.default_variant.empty()) {
    values.type = section.default_variant;
  } else {
    const JsonPlace place = node == nullptr ? JsonPlace{layers_.source, 0, 0} : node->place;
    throw config_error(place.is_override() ? JsonPlace{layers_.source, 0, 0} : place, key,
                       "missing (expected " + describe_allowed(type) + ")");
  }
  const SectionVariant* variant = find_variant(section, values.type);
  if (variant != nullptr && variant->table != nullptr) {
    values.options = variant->table->make_default();
  }
  return values;
}

void Binder::set(const ConfigSection& section, const SectionVariant* variant, SectionValues& values,
                 const JsonMember& member) {
  const std::string key = joined_key(section.path, member.key);
  const bool common = section.table != nullptr && section.table->find(member.key) != nullptr;
  const Option& option = *find_option(section, variant, member.key);
  option.set(common ? values.common : values.options,
             parse_option_value(option, member.value, key));
  remember(key, member.value.place);
}

// A base's key for a variant that a later layer deselected is no mistake.
bool Binder::gives_way(const ConfigSection& section, const JsonNode& object,
                       const JsonMember& member) const {
  const JsonNode* type = object.find("type");
  const JsonSource* own = member.key_place.source.get();
  if (type == nullptr || own == nullptr || own->kind != JsonSource::Kind::kBase ||
      type->place.source->layer <= own->layer) {
    return false;
  }
  for (const SectionVariant& variant : section.variants) {
    if (variant.table != nullptr && variant.table->find(member.key) != nullptr) {
      return true;
    }
  }
  return false;
}

void Binder::fail_unknown(const std::string& path, const SectionVariant* variant,
                          const JsonMember& member) const {
  const std::string in = path.empty() ? "" : " in " + path;
  throw config_error(member.key_place, "",
                     "unknown key \"" + printable(member.key) + "\"" + in +
                         unknown_key_hint(schema_, path, variant, member.key));
}

// A text or path that may not be empty and has no default.
void Binder::check_required(const ConfigSection& section) const {
  const SectionValues& values = config_.sections_.at(section.path);
  const SectionVariant* variant = find_variant(section, values.type);
  const auto check = [&](const OptionTable* table, const std::any& options) {
    if (table == nullptr) {
      return;
    }
    for (const Option& option : table->options()) {
      if (!option.allow_empty_text &&
          (option.type == OptionType::kText || option.type == OptionType::kPath) &&
          std::get<std::string>(option.get(options)).empty()) {
        throw config_error({layers_.source, 0, 0}, joined_key(section.path, option.name),
                           "missing (expected " + describe_allowed(option) + ")");
      }
    }
  };
  check(section.table, values.common);
  check(variant == nullptr ? nullptr : variant->table, values.options);
}

void Binder::check_conflicts(const ConfigSection& section) const {
  const SectionValues& values = config_.sections_.at(section.path);
  const SectionVariant* variant = find_variant(section, values.type);
  const auto check = [&](const OptionTable* table, const std::any& options) {
    const auto found = table == nullptr ? std::nullopt : table->conflict(options);
    if (!found) {
      return;
    }
    const std::string key = joined_key(section.path, found->key);
    const bool written = config_.places_.contains(key);
    throw Error(ErrorKind::kConfig, (written ? "" : layers_.source->name + ": ") +
                                        config_.place(key) + ": " + found->message);
  };
  check(section.table, values.common);
  check(variant == nullptr ? nullptr : variant->table, values.options);
}

}  // namespace

Config bind_config(const LayeredConfig& layers, const ConfigSchema& schema) {
  return Binder(layers, schema).bind();
}

}  // namespace gantrain
