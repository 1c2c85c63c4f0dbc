#include "gantrain/config/config.h"

#include "config/json_node.h"
#include "config/option_value.h"
#include "config/schema_lookup.h"

namespace gantrain {
namespace {

class Comparison {
 public:
  // Tables may be null or differ (two variants); keys that only one side has are implied by "type".
  void compare_options(const std::string& section, const OptionTable* before,
                       const std::any& before_options, const OptionTable* after,
                       const std::any& after_options) {
    if (before == nullptr || after == nullptr) {
      return;
    }
    for (const Option& option : before->options()) {
      const Option* other = after->find(option.name);
      if (other == nullptr) {
        continue;
      }
      add(joined_key(section, option.name),
          json_line(option_value_to_json(option.get(before_options))),
          json_line(option_value_to_json(other->get(after_options))), option.resume);
    }
  }

  void add(const std::string& key, const std::string& before, const std::string& after,
           OnResume resume) {
    if (before != after) {
      differences.push_back({key, before, after, resume});
    }
  }

  std::vector<ConfigDifference> differences;
};

const OptionTable* variant_table(const ConfigSection& section, const std::string& type) {
  const SectionVariant* variant = find_variant(section, type);
  return variant == nullptr ? nullptr : variant->table;
}

}  // namespace

std::vector<ConfigDifference> compare_configs(const Config& before, const Config& after) {
  Comparison comparison;
  for (const ConfigSection& section : before.schema_->sections) {
    const SectionValues& left = before.section(section.path);
    const SectionValues& right = after.section(section.path);
    comparison.add(joined_key(section.path, "type"), json_quoted(left.type),
                   json_quoted(right.type),
                   section.refuse_other_variant ? OnResume::kRefuse : OnResume::kFree);
    comparison.compare_options(section.path, section.table, left.common, section.table,
                               right.common);
    comparison.compare_options(section.path, variant_table(section, left.type), left.options,
                               variant_table(section, right.type), right.options);
  }
  return comparison.differences;
}

}  // namespace gantrain
