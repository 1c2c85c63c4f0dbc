#include "gantrain/config/config.h"
#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "config/json_node.h"
#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

// Defaults stand as comments that end in a comma, before what is active, so that taking away any
// "//" leaves valid JSON.
class StarterWriter {
 public:
  StarterWriter(const ConfigSchema& schema, const std::map<std::string, std::string>& types)
      : schema_(schema), types_(types) {}

  std::string write() {
    text_ =
        "// A configuration to start from. Take away \"//\" before a key to change its default.\n"
        "{\n";
    write_object("", 1);
    return text_ + "}\n";
  }

 private:
  struct Line {
    std::string text;
    std::string comment;
  };

  void write_object(const std::string& path, size_t depth) {
    const std::string indent(2 * depth, ' ');
    const std::vector<std::string> children = child_objects(schema_, path);
    std::vector<Line> active;
    if (path.empty()) {
      active.push_back({"\"format\": " + std::to_string(kConfigFormat), ""});
    }
    if (const ConfigSection* section = find_section(schema_, path)) {
      write_defaults(section->table, indent,
                     !path.empty() && section->variants.empty() && children.empty(), active);
      if (!section->variants.empty()) {
        const SectionVariant& variant = chosen_variant(*section);
        write_defaults(variant.table, indent, false, active);
        active.push_back({"\"type\": " + json_quoted(variant.name), ""});
      }
    }
    for (size_t i = 0; i < active.size(); ++i) {
      const bool last = i + 1 == active.size() && children.empty();
      text_ += indent + active[i].text + (last ? "" : ",") + active[i].comment + "\n";
    }
    for (size_t i = 0; i < children.size(); ++i) {
      const std::string child = joined_key(path, children[i]);
      const ConfigSection* section = find_section(schema_, child);
      if (section != nullptr && !section->help.empty()) {
        text_ += indent + "// " + one_line(section->help) + "\n";
      }
      text_ += indent + json_quoted(children[i]) + ": {\n";
      write_object(child, depth + 1);
      text_ += indent + (i + 1 < children.size() ? "},\n" : "}\n");
    }
  }

  // Keys that have no usable default become active. `alone`: nothing else will stand in the object.
  void write_defaults(const OptionTable* table, const std::string& indent, bool alone,
                      std::vector<Line>& active) {
    if (table == nullptr) {
      return;
    }
    const std::any defaults = table->make_default();
    for (const Option& option : table->options()) {
      const JsonNode value = option_value_to_json(option.get(defaults));
      const std::string key = json_quoted(option.name) + ": ";
      const std::string comment = "  // " + one_line(option.help);
      if (value.kind == JsonNode::Kind::kText && value.text.empty() && !option.allow_empty_text) {
        active.push_back({key + json_quoted("change-this-" + option.name), comment});
        continue;
      }
      // Something must follow the commas: without a "type" it is the section's first key.
      if (alone && &option == &table->options().front()) {
        active.push_back({key + json_line(value), comment});
      } else {
        text_ += indent + "// " + key + json_line(value) + "," + comment + "\n";
      }
    }
  }

  static std::string one_line(std::string text) {
    for (char& c : text) {
      c = c == '\n' || c == '\r' ? ' ' : c;
    }
    return text;
  }

  const SectionVariant& chosen_variant(const ConfigSection& section) const {
    const auto given = types_.find(section.path);
    const std::string name = given != types_.end()              ? given->second
                             : !section.default_variant.empty() ? section.default_variant
                                                                : section.variants.front().name;
    const SectionVariant* variant = find_variant(section, name);
    if (variant == nullptr) {
      throw Error(ErrorKind::kConfig, joined_key(section.path, "type") + ": unknown type \"" +
                                          printable(name) + "\" (expected " +
                                          quoted_alternatives(variant_names(section)) + ")" +
                                          did_you_mean(name, variant_names(section)));
    }
    return *variant;
  }

  const ConfigSchema& schema_;
  const std::map<std::string, std::string>& types_;
  std::string text_;
};

}  // namespace

std::string starter_config(const ConfigSchema& schema,
                           const std::map<std::string, std::string>& types) {
  return StarterWriter(schema, types).write();
}

}  // namespace gantrain
