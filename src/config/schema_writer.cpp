#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "gantrain/config/config.h"

#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

using Schema = nlohmann::ordered_json;

Schema integer_schema(const Option& option) {
  Schema schema = {{"type", "integer"}};
  const bool low = option.minimum_integer != std::numeric_limits<int64_t>::min();
  const bool high = option.maximum_integer != std::numeric_limits<int64_t>::max();
  if (low) {
    schema["minimum"] = option.minimum_integer;
  }
  if (low || high) {
    schema["maximum"] = option.maximum_integer;
  }
  return schema;
}

Schema number_schema(const Option& option) {
  Schema schema = {{"type", "number"}};
  if (option.minimum_number != std::numeric_limits<double>::lowest()) {
    schema[option.minimum_excluded ? "exclusiveMinimum" : "minimum"] = option.minimum_number;
  }
  if (option.maximum_number != std::numeric_limits<double>::max()) {
    schema[option.maximum_excluded ? "exclusiveMaximum" : "maximum"] = option.maximum_number;
  }
  return schema;
}

Schema text_schema(const Option& option) {
  Schema schema = {{"type", "string"}};
  if (!option.allow_empty_text) {
    schema["minLength"] = 1;
  }
  return schema;
}

Schema array_schema(const Option& option, const Schema& items) {
  return {{"type", "array"},
          {"items", items},
          {"minItems", option.minimum_items},
          {"maxItems", option.maximum_items}};
}

Schema length_schema(const Option& option) {
  Schema schema = {{"type", "string"}, {"pattern", length_pattern()}};
  if (!option.allow_never) {
    schema["not"] = {{"const", "never"}};
  }
  return schema;
}

Schema value_schema(const Option& option) {
  switch (option.type) {
    case OptionType::kBoolean:
      return {{"type", "boolean"}};
    case OptionType::kInteger:
      return integer_schema(option);
    case OptionType::kNumber:
      return number_schema(option);
    case OptionType::kText:
    case OptionType::kPath:
      return text_schema(option);
    case OptionType::kChoice:
      return {{"type", "string"}, {"enum", option.choices}};
    case OptionType::kIntegers:
      return array_schema(option, integer_schema(option));
    case OptionType::kNumbers:
      return array_schema(option, number_schema(option));
    case OptionType::kTexts:
      return array_schema(option, text_schema(option));
    case OptionType::kLength:
      return length_schema(option);
  }
  return true;
}

Schema option_schema(const Option& option, const std::any& defaults) {
  Schema schema = value_schema(option);
  const std::string unit = option.unit.empty() ? "" : " Unit: " + option.unit + ".";
  schema["description"] = option.help + unit;
  schema["default"] = Schema::parse(json_line(option_value_to_json(option.get(defaults))));
  return schema;
}

// Key -> schema of one table, in its order.
Schema properties_of(const OptionTable* table) {
  Schema properties = Schema::object();
  if (table != nullptr) {
    const std::any defaults = table->make_default();
    for (const Option& option : table->options()) {
      properties[option.name] = option_schema(option, defaults);
    }
  }
  return properties;
}

Schema type_schema(const ConfigSection& section) {
  Schema schema = {{"type", "string"}, {"enum", variant_names(section)}};
  std::string description = section.help;
  for (const SectionVariant& variant : section.variants) {
    description += variant.table == nullptr ? ""
                                            : (description.empty() ? "" : " ") + variant.name +
                                                  ": " + variant.table->help();
  }
  schema["description"] = description;
  if (!section.default_variant.empty()) {
    schema["default"] = section.default_variant;
  }
  return schema;
}

// Keys of any variant are listed once, so that editors complete them before "type" is written; what
// only holds for one variant follows from "type".
void add_variants(const ConfigSection& section, Schema& object) {
  Schema& properties = object["properties"];
  properties["type"] = type_schema(section);
  const Schema common = properties_of(section.table);
  std::map<std::string, std::vector<Schema>> meanings;
  std::vector<std::string> order;
  for (const SectionVariant& variant : section.variants) {
    const Schema own = properties_of(variant.table);
    for (const auto& [key, schema] : own.items()) {
      std::vector<Schema>& known = meanings[key];
      if (known.empty()) {
        order.push_back(key);
      }
      if (std::find(known.begin(), known.end(), schema) == known.end()) {
        known.push_back(schema);
      }
    }
  }
  for (const std::string& key : order) {
    const std::vector<Schema>& known = meanings[key];
    properties[key] = known.size() == 1 ? known.front() : Schema({{"anyOf", known}});
  }
  Schema branches = Schema::array();
  for (const SectionVariant& variant : section.variants) {
    const Schema own = properties_of(variant.table);
    std::vector<std::string> allowed = {"type"};
    for (const Schema* part : {&common, &own}) {
      for (const auto& [key, schema] : part->items()) {
        allowed.push_back(key);
      }
    }
    Schema then = {{"propertyNames", {{"enum", allowed}}}};
    for (const auto& [key, schema] : own.items()) {
      if (meanings[key].size() > 1) {
        then["properties"][key] = schema;
      }
    }
    branches.push_back(
        {{"if", {{"properties", {{"type", {{"const", variant.name}}}}}, {"required", {"type"}}}},
         {"then", then}});
  }
  object["allOf"] = branches;
}

class SchemaWriter {
 public:
  explicit SchemaWriter(const ConfigSchema& schema) : schema_(schema) {}

  Schema write() {
    Schema root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "gantrain configuration"}};
    root.update(object_schema(""));
    // What must be written somewhere: here, or in the base file.
    const Schema required = required_parts("");
    if (!required.empty()) {
      root["anyOf"] = Schema::array({{{"required", {"extends"}}}, required});
    }
    return root;
  }

 private:
  Schema object_schema(const std::string& path) {
    Schema object = {{"type", "object"}};
    const ConfigSection* section = find_section(schema_, path);
    if (section != nullptr && !section->help.empty()) {
      object["description"] = section->help;
    }
    object["properties"] = path.empty() ? file_properties() : Schema::object();
    if (section != nullptr) {
      object["properties"].update(properties_of(section->table));
      if (!section->variants.empty()) {
        add_variants(*section, object);
      }
    }
    for (const std::string& child : child_objects(schema_, path)) {
      object["properties"][child] = object_schema(joined_key(path, child));
      if (object.contains("allOf")) {
        for (Schema& branch : object["allOf"]) {
          branch["then"]["propertyNames"]["enum"].push_back(child);
        }
      }
    }
    object["additionalProperties"] = false;
    return object;
  }

  static Schema file_properties() {
    return {{"$schema", {{"type", "string"}, {"description", "Schema for editors; ignored."}}},
            {"format",
             {{"type", "integer"},
              {"minimum", 1},
              {"maximum", kConfigFormat},
              {"description", "Version of this file format."},
              {"default", kConfigFormat}}},
            {"extends",
             {{"type", "string"},
              {"minLength", 1},
              {"description", "A base file, relative to this one, that this file changes."}}}};
  }

  // {"required": [...], "properties": {...}} for sections whose "type" has no default; empty when
  // there is none below `path`.
  Schema required_parts(const std::string& path) {
    Schema parts = Schema::object();
    const ConfigSection* section = find_section(schema_, path);
    if (section != nullptr && !section->variants.empty() && section->default_variant.empty()) {
      parts["required"].push_back("type");
    }
    for (const std::string& child : child_objects(schema_, path)) {
      const Schema inner = required_parts(joined_key(path, child));
      if (!inner.empty()) {
        parts["required"].push_back(child);
        parts["properties"][child] = inner;
      }
    }
    return parts;
  }

  const ConfigSchema& schema_;
};

}  // namespace

std::string config_json_schema(const ConfigSchema& schema) {
  return SchemaWriter(schema).write().dump(2) + "\n";
}

}  // namespace gantrain
