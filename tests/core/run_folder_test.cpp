#include "gantrain/core/run_folder.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

TEST(RunFolder, NamesSortByStep) {
  const RunFolder folder("runs/x");
  EXPECT_EQ(folder.checkpoint(1000), "runs/x/checkpoints/step-00001000.pt");
  EXPECT_EQ(folder.snapshot(0), "runs/x/snapshots/g-step-00000000.pt");
  EXPECT_EQ(folder.sample(123456789), "runs/x/samples/step-123456789.png");
  EXPECT_LT(folder.checkpoint(999).string(), folder.checkpoint(1000).string());
}

TEST(RunFolder, ReadsTheStepOfItsOwnNamesOnly) {
  const RunFolder folder("runs/x");
  for (const int64_t step : {0L, 1L, 12345678L, 123456789012L}) {
    EXPECT_EQ(RunFolder::step_of_checkpoint(folder.checkpoint(step)), step);
  }
  for (const char* name : {"step-.pt", "step-1.pth", "g-step-00000001.pt", "step--1.pt",
                           "step-1x.pt", "step-99999999999999999999.pt", ""}) {
    EXPECT_EQ(RunFolder::step_of_checkpoint(name), -1) << name;
  }
}

}  // namespace
}  // namespace gantrain
