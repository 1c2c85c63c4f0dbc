#pragma once

#include <cstdint>

#include "gantrain/core/length.h"

namespace gantrain {

// How far a run has come. `seconds` is the time that this process spent training.
struct Progress {
  int64_t step = 0;
  int64_t images_seen = 0;
  double seconds = 0;
};

// A count in the unit's own measure: steps, epochs, kimg or seconds.
double measure(const Progress& progress, LengthUnit unit, int64_t dataset_size);

// Whether an interval's boundary was crossed between two moments. Never for a length that is
// "never".
bool crossed(const Length& interval, const Progress& before, const Progress& after,
             int64_t dataset_size);

// The first step at which a length in steps, epochs or kimg is reached (batch_size images a step).
int64_t steps_of(const Length& length, int64_t batch_size, int64_t dataset_size);

}  // namespace gantrain
