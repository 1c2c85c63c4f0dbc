#pragma once

#include <string>
#include <vector>

#include "gantrain/models/gan_model.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// Why steps in micro-batches are others than those with the whole batch at once: a reason for each
// part of the model or of its losses that looks at more than one image of a micro-batch, or that
// changes with every forward. Empty where both give the same gradients but for rounding.
std::vector<std::string> micro_batch_differences(const RunConfig& config, const GanModel& model);

}  // namespace gantrain
