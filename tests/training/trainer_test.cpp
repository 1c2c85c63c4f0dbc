#include "gantrain/training/trainer.h"

#include <limits>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/runtime/memory_meter.h"
#include "gantrain/training/run_directory.h"

#include "support/temporary_folder.h"
#include "training/finite.h"
#include "training/health.h"
#include "training/phase_runner.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

class TrainerRuns : public testing::Test {
 protected:
  TrainerRuns() { make_run_folder(folder_, config_, "test"); }

  // Latents are NaN whenever `bad` says so of (attempt, step).
  std::unique_ptr<TrainingState> state_with(std::function<bool(int64_t, int64_t)> bad) {
    auto state = tiny_state(config_);
    TrainingState* raw = state.get();
    state->runner().set_context_hook([raw, bad = std::move(bad)](StepContext& context) {
      if (bad(raw->attempt(), context.step())) {
        context.inject(
            "z", torch::full({context.batch().size(), 4}, std::numeric_limits<float>::quiet_NaN()));
      }
    });
    return state;
  }

  TemporaryFolder place_;
  RunFolder folder_{place_.path() / "run"};
  RunConfig config_ = tiny_config({"training.length=60 steps", "checkpoints.every=5 steps",
                                   "log.every=5 steps", "samples.every=never"});
};

TEST_F(TrainerRuns, RollsBackToBeforeTheTroubleAndFinishes) {
  auto state = state_with([](int64_t attempt, int64_t step) { return attempt == 0 && step >= 12; });
  TrainingState* raw = state.get();
  Trainer trainer(config_, folder_, std::move(state), {});
  EXPECT_EQ(trainer.run(), StopReason::kFinished);
  EXPECT_EQ(raw->steps_done(), 60);
  EXPECT_EQ(raw->attempt(), 1);
  const std::string metrics = read_file(folder_.metrics(), ErrorKind::kData, 1 << 20);
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 12) << metrics;
}

TEST_F(TrainerRuns, GivesUpAfterThreeRollBacks) {
  auto state = state_with([](int64_t, int64_t step) { return step >= 12; });
  Trainer trainer(config_, folder_, std::move(state), {});
  try {
    trainer.run();
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDiverged);
    EXPECT_THAT(error.what(), testing::HasSubstr("after 3 roll-backs"));
  }
}

TEST_F(TrainerRuns, OneBadStepAnywhereIsSkippedAndTheRunFinishes) {
  // First steps, right before, at and right after a save, the middle, the last one.
  for (const int64_t bad : {0, 1, 4, 5, 6, 32, 59}) {
    folder_ = RunFolder(place_.path() / ("bad at " + std::to_string(bad)));
    make_run_folder(folder_, config_, "test");
    auto state = state_with([=](int64_t, int64_t step) { return step == bad; });
    const TrainingState* raw = state.get();
    Trainer trainer(config_, folder_, std::move(state), {});
    EXPECT_EQ(trainer.run(), StopReason::kFinished) << bad;
    EXPECT_EQ(raw->health().read().skipped, 1) << bad;
    EXPECT_EQ(raw->attempt(), 0) << bad;
    EXPECT_EQ(first_non_finite(read_pt_file(folder_.checkpoint(60)).root), "") << bad;
  }
}

TEST_F(TrainerRuns, AWeightThatIsNotFiniteNeverGetsIntoACheckpoint) {
  for (const int64_t bad : {0, 4, 5, 6}) {
    folder_ = RunFolder(place_.path() / ("weight at " + std::to_string(bad)));
    make_run_folder(folder_, config_, "test");
    auto state = tiny_state(config_);
    TrainingState* raw = state.get();
    state->runner().set_context_hook([raw, bad](StepContext& context) {
      if (context.step() == bad) {
        const torch::NoGradGuard no_grad;
        raw->model().networks()["generator"]->parameters()[0].fill_(
            std::numeric_limits<float>::infinity());
      }
    });
    Trainer trainer(config_, folder_, std::move(state), {});
    try {
      trainer.run();
      FAIL() << "went on with a weight that was infinite at step " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDiverged);
      EXPECT_THAT(error.what(), testing::HasSubstr("networks.generator"));
    }
    for (const auto& path : folder_.checkpoints_by_step()) {
      EXPECT_EQ(first_non_finite(read_pt_file(path).root), "") << path;
      EXPECT_LE(RunFolder::step_of_checkpoint(path), bad);
    }
  }
}

TEST_F(TrainerRuns, AFirstStepBeyondItsMemoryIsAnErrorAndTheCheckpointOfStepZeroStays) {
  try {
    Trainer(config_, folder_, tiny_state(config_), {0, 1000}).run();
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kMemory);
  }
  EXPECT_NO_THROW(read_pt_file(folder_.checkpoint(0)));
}

TEST_F(TrainerRuns, OnlyTheFirstStepIsMetered) {
  uint64_t bytes = 0;
  {
    auto state = tiny_state(config_);
    const MemoryMeter meter(torch::kCPU, uint64_t{1} << 40);
    state->step();
    bytes = meter.peak_bytes();
  }
  Trainer trainer(config_, folder_, tiny_state(config_), {0, bytes});
  EXPECT_EQ(trainer.run(), StopReason::kFinished);
}

TEST_F(TrainerRuns, AnAttemptDrawsOtherNumbersAndOtherData) {
  auto first = tiny_state(config_);
  auto second = tiny_state(config_);
  second->start_attempt(1);
  first->step();
  second->step();
  EXPECT_FALSE(torch::equal(first->model().networks()["generator"]->parameters()[0],
                            second->model().networks()["generator"]->parameters()[0]));
}

TEST_F(TrainerRuns, TheAttemptIsPartOfTheCheckpoint) {
  auto first = tiny_state(config_);
  first->start_attempt(2);
  first->step();
  auto second = tiny_state(config_);
  second->load(Value(first->save()), "checkpoint");
  EXPECT_EQ(second->attempt(), 2);
}

}  // namespace
}  // namespace gantrain
