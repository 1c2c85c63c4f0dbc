#include "training/due.h"

#include <algorithm>
#include <cmath>

namespace gantrain {
namespace {

double images_per_unit(LengthUnit unit, int64_t dataset_size) {
  return unit == LengthUnit::kEpochs ? static_cast<double>(dataset_size) : 1000.0;
}

}  // namespace

double measure(const Progress& progress, LengthUnit unit, int64_t dataset_size) {
  switch (unit) {
    case LengthUnit::kSteps:
      return static_cast<double>(progress.step);
    case LengthUnit::kSeconds:
      return progress.seconds;
    case LengthUnit::kEpochs:
    case LengthUnit::kKimg:
      return static_cast<double>(progress.images_seen) / images_per_unit(unit, dataset_size);
  }
  return 0;
}

bool crossed(const Length& interval, const Progress& before, const Progress& after,
             int64_t dataset_size) {
  if (interval.never()) {
    return false;
  }
  const double from = std::floor(measure(before, interval.unit, dataset_size) / interval.amount);
  const double to = std::floor(measure(after, interval.unit, dataset_size) / interval.amount);
  return to > from;
}

int64_t steps_of(const Length& length, int64_t batch_size, int64_t dataset_size) {
  if (length.unit == LengthUnit::kSteps) {
    return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(length.amount)));
  }
  const double images = length.amount * images_per_unit(length.unit, dataset_size);
  return std::max<int64_t>(
      1, static_cast<int64_t>(std::ceil(images / static_cast<double>(batch_size))));
}

}  // namespace gantrain
