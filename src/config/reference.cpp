#include "gantrain/config/config.h"

#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

// A cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    safe += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  }
  return safe;
}

const char* resume_word(OnResume resume) {
  switch (resume) {
    case OnResume::kRefuse:
      return "refused";
    case OnResume::kFree:
      return "free";
    case OnResume::kExtend:
      return "extends";
  }
  return "";
}

std::string table_of(const OptionTable* table) {
  if (table == nullptr || table->options().empty()) {
    return "No keys.\n\n";
  }
  std::string text = "| Key | Value | Default | On resume | Meaning |\n|---|---|---|---|---|\n";
  const std::any defaults = table->make_default();
  for (const Option& option : table->options()) {
    const std::string unit = option.unit.empty() ? "" : " (" + option.unit + ")";
    text += "| `" + option.name + "` | " + cell(describe_allowed(option)) + unit + " | `" +
            cell(json_line(option_value_to_json(option.get(defaults)))) + "` | " +
            resume_word(option.resume) + " | " + cell(option.help) + " |\n";
  }
  return text + "\n";
}

std::string section_text(const ConfigSection& section) {
  const bool root = section.path.empty();
  std::string text = root ? "## Top level\n\n" : "## `" + section.path + "`\n\n";
  text += section.help.empty() ? "" : section.help + "\n\n";
  if (root) {
    text +=
        "`\"format\": 1` names the version of the file format, `\"extends\": \"base.json\"` a "
        "file whose values hold unless this one changes them.\n\n";
  }
  if (section.table != nullptr) {
    text += table_of(section.table);
  }
  if (!section.variants.empty()) {
    text += "`type` is " + quoted_alternatives(variant_names(section)) +
            (section.default_variant.empty()
                 ? " and must be given.\n\n"
                 : "; the default is \"" + section.default_variant + "\".\n\n");
  }
  for (const SectionVariant& variant : section.variants) {
    text += "### `" + section.path + "` of type `" + variant.name + "`\n\n";
    if (variant.table != nullptr && !variant.table->help().empty()) {
      text += variant.table->help() + "\n\n";
    }
    text += table_of(variant.table);
  }
  return text;
}

}  // namespace

std::string config_reference(const ConfigSchema& schema) {
  std::string text =
      "# Configuration\n\n"
      "Every key that a configuration file or `--set section.key=value` may hold. On resume: "
      "*refused* keys must be those of the checkpoint, *free* ones may change with `--resume RUN "
      "--set`, lengths and intervals that only *extend* a run may always change.\n\n";
  for (const ConfigSection& section : schema.sections) {
    text += section_text(section);
  }
  while (text.ends_with("\n\n")) {
    text.pop_back();
  }
  return text;
}

}  // namespace gantrain
