#include "gantrain/runtime/memory_meter.h"

#include <algorithm>
#include <atomic>
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
    const int64_t now = held += bytes;
    if (bytes <= 0) {
      return;  // freed, perhaps in a destructor
    }
    if (now > 0 && static_cast<uint64_t>(now) > limit_bytes) {
      held -= bytes;
      throw Error(ErrorKind::kMemory, "tensors need more than the " + format_bytes(limit_bytes) +
                                          " of memory that is available");
    }
    int64_t before = peak;
    while (before < now && !peak.compare_exchange_weak(before, now)) {
    }
  }

  torch::Device device;
  uint64_t limit_bytes;
  std::atomic<int64_t> held = 0;
  std::atomic<int64_t> peak = 0;
};

MemoryMeter::MemoryMeter(torch::Device device, uint64_t limit_bytes)
    : state_(std::make_shared<State>(device, limit_bytes)),
      guard_(std::make_unique<c10::DebugInfoGuard>(c10::DebugInfoKind::PROFILER_STATE, state_)) {}

MemoryMeter::~MemoryMeter() = default;

uint64_t MemoryMeter::peak_bytes() const {
  return static_cast<uint64_t>(std::max<int64_t>(0, state_->peak));
}

}  // namespace gantrain
