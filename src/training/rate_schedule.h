#pragma once

#include <cstdint>

#include "gantrain/core/length.h"
#include "gantrain/training/update_options.h"

namespace gantrain {

// The factor of a learning rate as a function of the step alone, so that a resumed run goes on
// exactly. With s the step, e the end of training, a = schedule_start, t = (s - a) / (e - a) kept
// in [0, 1], c the epochs that are over, n = schedule_start and N = training.length in epochs:
//
//   constant 1; linear 1 - t; cosine (1 + cos(pi t)) / 2; step schedule_factor^floor((s - a) /
//   every) linear_by_epoch 1 - max(0, c + 2 - n) / (N - n + 1)    (the code of pix2pix and
//   CycleGAN)
//
// times min(1, (s + 1) / warmup).
class RateSchedule {
 public:
  // `training` is the length of the run; in seconds it has no end in steps, see needs_an_end().
  RateSchedule(const UpdateOptions& options, const Length& training, int64_t batch_size,
               int64_t dataset_size);

  double factor(int64_t step) const;

 private:
  double epochs(int64_t steps) const;
  double epoch(int64_t step) const;  // the one that step is in, counted from 1
  double by_epoch(int64_t step) const;

  UpdateOptions options_;
  int64_t batch_size_, dataset_size_;
  int64_t start_, end_, every_, warmup_;  // in steps
};

// Whether a schedule has no meaning for a run that is limited by time.
bool needs_an_end(ScheduleKind kind);

}  // namespace gantrain
