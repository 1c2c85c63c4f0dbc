#pragma once

#include <cstdint>
#include <vector>

#include "gantrain/models/phase.h"

namespace gantrain {

// One optimizer update of a step.
struct PlannedUpdate {
  Phase phase;
  bool starts_draw = false;  // a new batch is drawn and prepared before it
  bool graph_needed =
      false;  // with starts_draw: some update of this draw sends gradients through prepare()
  bool retain_graph = false;  // a later update of this draw goes through the same prepared graph
};

// The updates of one step, in order: due phases, each repeats times; the first draw serves until a
// repeat or fresh_reals asks for another.
std::vector<PlannedUpdate> plan_updates(const std::vector<Phase>& phases, int64_t step);

}  // namespace gantrain
