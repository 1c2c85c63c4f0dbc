#include "training/phase_plan.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

// "d*" = starts a draw; "(g)" = the draw needs a graph; "+" = the graph is retained.
std::string drawn(const std::vector<PlannedUpdate>& updates) {
  std::string text;
  for (const PlannedUpdate& update : updates) {
    text += (text.empty() ? "" : " ") + update.phase.name + (update.starts_draw ? "*" : "") +
            (update.graph_needed ? "(g)" : "") + (update.retain_graph ? "+" : "");
  }
  return text;
}

Phase phase(const std::string& name, int64_t repeats = 1, bool through_prepare = false) {
  Phase result;
  result.name = name;
  result.repeats = repeats;
  result.through_prepare = through_prepare;
  return result;
}

TEST(PhasePlan, DcganSharesOneDrawWithItsGraph) {
  EXPECT_EQ(drawn(plan_updates({phase("d"), phase("g", 1, true)}, 0)), "d*(g) g");
}

TEST(PhasePlan, EveryRepeatAfterTheFirstDrawsAndOnlyTheLastDrawKeepsAGraph) {
  EXPECT_EQ(drawn(plan_updates({phase("critic", 3), phase("g", 1, true)}, 0)),
            "critic* critic* critic*(g) g");
}

TEST(PhasePlan, TheGraphIsRetainedWhileAnotherPhaseGoesThroughIt) {
  EXPECT_EQ(drawn(plan_updates({phase("g", 1, true), phase("d"), phase("e", 1, true)}, 0)),
            "g*(g)+ d e");
}

TEST(PhasePlan, LazyPhasesAreDueAtTheirInterval) {
  Phase lazy = phase("d_r1");
  lazy.interval = 4;
  EXPECT_EQ(drawn(plan_updates({phase("d"), lazy}, 3)), "d*");
  EXPECT_EQ(drawn(plan_updates({phase("d"), lazy}, 4)), "d* d_r1");
}

TEST(PhasePlan, FreshRealsStartADrawOfTheirOwn) {
  Phase fresh = phase("g", 1, true);
  fresh.fresh_reals = true;
  EXPECT_EQ(drawn(plan_updates({phase("d"), fresh}, 0)), "d* g*(g)");
}

}  // namespace
}  // namespace gantrain
