#pragma once

#include <string>
#include <vector>

#include "gantrain/models/gan_model.h"

namespace gantrain {

// Whether a name fits a pattern, in which * stands for any characters, none included.
bool fits_pattern(const std::string& name, const std::string& pattern);

// training.freeze: parameters whose name "generator.main.0.weight" fits one of the patterns take no
// gradient from here on, so no phase moves them. Returns their names. Throws Error(kConfig) that
// begins with `where` for a pattern that no name fits, and for a phase of which nothing is left to
// move.
std::vector<std::string> freeze_parameters(GanModel& model,
                                           const std::vector<std::string>& patterns,
                                           const std::string& where);

}  // namespace gantrain
