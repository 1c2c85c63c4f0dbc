#include "training/phase_plan.h"

namespace gantrain {

std::vector<PlannedUpdate> plan_updates(const std::vector<Phase>& phases, int64_t step) {
  std::vector<PlannedUpdate> updates;
  for (const Phase& phase : phases) {
    if (step % phase.interval != 0) {
      continue;
    }
    for (int64_t repeat = 0; repeat < phase.repeats; ++repeat) {
      PlannedUpdate update;
      update.phase = phase;
      update.starts_draw = updates.empty() || repeat > 0 || phase.fresh_reals;
      updates.push_back(std::move(update));
    }
  }
  bool graph_used_later = false;
  for (size_t i = updates.size(); i > 0; --i) {
    PlannedUpdate& update = updates[i - 1];
    if (update.phase.through_prepare) {
      update.retain_graph = graph_used_later;
      graph_used_later = true;
    }
    if (update.starts_draw) {
      update.graph_needed = graph_used_later;
      graph_used_later = false;
    }
  }
  return updates;
}

}  // namespace gantrain
