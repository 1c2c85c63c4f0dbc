#include "training/rate_schedule.h"

#include <algorithm>
#include <cmath>

#include "training/due.h"

namespace gantrain {

RateSchedule::RateSchedule(const UpdateOptions& options, const Length& training, int64_t batch_size,
                           int64_t dataset_size)
    : options_(options), batch_size_(batch_size), dataset_size_(dataset_size) {
  const auto steps = [&](const Length& length) {
    return length.never() ? 0 : steps_of(length, batch_size, dataset_size);
  };
  start_ = steps(options.schedule_start);
  end_ = training.unit == LengthUnit::kSeconds ? 0 : steps(training);
  every_ = steps(options.schedule_every);
  warmup_ = steps(options.warmup);
}

double RateSchedule::factor(int64_t step) const {
  const auto after = static_cast<double>(std::max<int64_t>(0, step - start_));
  const double t = std::min(1.0, after / static_cast<double>(std::max<int64_t>(1, end_ - start_)));
  const double warm =
      step < warmup_ ? static_cast<double>(step + 1) / static_cast<double>(warmup_) : 1.0;
  switch (options_.schedule) {
    case ScheduleKind::kConstant:
      return warm;
    case ScheduleKind::kLinear:
      return warm * (1 - t);
    case ScheduleKind::kLinearByEpoch:
      return warm * by_epoch(step);
    case ScheduleKind::kCosine:
      return warm * (1 + std::cos(M_PI * t)) / 2;
    case ScheduleKind::kCosineByEpoch:
      return warm * (1 + std::cos(M_PI * epoch(step) / epochs(every_))) / 2;
    case ScheduleKind::kStepByEpoch:
      return warm * std::pow(options_.schedule_factor, std::floor(epoch(step) / epochs(every_)));
    case ScheduleKind::kStep:
      return warm * std::pow(options_.schedule_factor,
                             std::floor(after / static_cast<double>(std::max<int64_t>(1, every_))));
  }
  return warm;
}

double RateSchedule::epochs(int64_t steps) const {
  return static_cast<double>(steps * batch_size_) / static_cast<double>(dataset_size_);
}

double RateSchedule::epoch(int64_t step) const {
  return std::floor(epochs(step)) + 1;
}

double RateSchedule::by_epoch(int64_t step) const {
  const double constant = std::round(epochs(start_));
  const double whole = std::round(epochs(end_));
  return std::clamp(1 - std::max(0.0, epoch(step) + 1 - constant) / (whole - constant + 1), 0.0,
                    1.0);
}

bool needs_an_end(ScheduleKind kind) {
  return kind == ScheduleKind::kLinear || kind == ScheduleKind::kLinearByEpoch ||
         kind == ScheduleKind::kCosine;
}

}  // namespace gantrain
