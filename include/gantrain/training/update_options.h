#pragma once

#include "gantrain/core/length.h"
#include "gantrain/core/option_table.h"

namespace gantrain {

enum class ScheduleKind {
  kConstant,
  kLinear,
  kLinearByEpoch,
  kCosine,
  kCosineByEpoch,
  kStep,
  kStepByEpoch
};

// The keys that stand in "optimizer.*" whichever the optimizer: how its learning rate goes over the
// run, and what happens to gradients before it sees them.
struct UpdateOptions {
  ScheduleKind schedule = ScheduleKind::kConstant;
  Length schedule_start = {};                        // the rate falls from here on
  Length schedule_every = {1, LengthUnit::kEpochs};  // of kStep*, kCosineByEpoch
  double schedule_factor = 0.1;                      // of kStep*
  Length warmup = {};
  double clip_norm = 0;   // 0 = off
  double clip_value = 0;  // 0 = off
};
const OptionTable& update_options();

}  // namespace gantrain
