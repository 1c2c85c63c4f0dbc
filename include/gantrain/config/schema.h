#pragma once

#include <string>
#include <vector>

#include "gantrain/core/option_table.h"

namespace gantrain {

// One of the alternatives that a section's "type" key selects: an optimizer, a data set, a model.
struct SectionVariant {
  std::string name;
  const OptionTable* table = nullptr;
};

// One JSON object of a configuration. `path` is "" for the root, "model", "optimizer.generator",
// ... A section has a table of its own, or variants selected by the key "type" (then
// `default_variant` holds when the key is absent; "" = required), or both (keys of `table` stand
// beside those of the chosen variant).
struct ConfigSection {
  std::string path;
  std::string help;
  const OptionTable* table = nullptr;
  std::vector<SectionVariant> variants = {};
  std::string default_variant = {};
  bool refuse_other_variant =
      true;  // on resume: another "type" does not fit the checkpoint (else it is free)
};

// The shape of a whole configuration, put together by training/run_config from the tables of the
// parts.
struct ConfigSchema {
  std::vector<ConfigSection> sections;  // the root first; a parent before its children
};

}  // namespace gantrain
