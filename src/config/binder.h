#pragma once

#include "gantrain/config/config.h"

#include "config/layers.h"

namespace gantrain {

// Gives every key of the schema its value from the tree, or its default. Throws Error(kConfig) for
// an unknown key, a value that its option refuses, and values that do not go together.
Config bind_config(const LayeredConfig& layers, const ConfigSchema& schema);

}  // namespace gantrain
