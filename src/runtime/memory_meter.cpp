#include "gantrain/runtime/memory_meter.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {

// LibTorch's allocators report to what its profiler would install here.
struct MemoryMeter::State : public c10::MemoryReportingInfoBase {
  State(torch::Device where, uint64_t limit) : device(where), limit_bytes(limit) {}

  bool memoryProfilingEnabled() const override { return true; }

  void reportMemoryUsage(void*, int64_t bytes, size_t, size_t, c10::Device where) override {
    if (where.type() != device.type()) {
      return;
    }
    const std::lock_guard lock(mutex);
    held += bytes;
    if (bytes <= 0) {
      return;  // freed, perhaps in a destructor
    }
    if (held > 0 && static_cast<uint64_t>(held) > limit_bytes) {
      held -= bytes;
      throw Error(ErrorKind::kMemory, "tensors need more than the " + format_bytes(limit_bytes) +
                                          " of memory that is available for them");
    }
    moments.push_back(held);
  }

  torch::Device device;
  uint64_t limit_bytes;
  std::mutex mutex;
  int64_t held = 0;
  std::vector<int64_t> moments;
};

MemoryMeter::MemoryMeter(torch::Device device, uint64_t limit_bytes)
    : state_(std::make_shared<State>(device, limit_bytes)),
      guard_(std::make_unique<c10::DebugInfoGuard>(c10::DebugInfoKind::PROFILER_STATE, state_)) {}

MemoryMeter::~MemoryMeter() = default;

uint64_t MemoryMeter::peak_bytes() const {
  const auto highest = std::max_element(state_->moments.begin(), state_->moments.end());
  return highest == state_->moments.end() ? 0
                                          : static_cast<uint64_t>(std::max<int64_t>(0, *highest));
}

const std::vector<int64_t>& MemoryMeter::moments() const {
  return state_->moments;
}

}  // namespace gantrain
