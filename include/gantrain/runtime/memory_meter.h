#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <torch/torch.h>

namespace gantrain {

// Counts the bytes of tensors on one device while it lives: what this thread, and the backward
// passes it starts, allocate and free. RAII; one at a time. An allocation that would take it beyond
// `limit_bytes` throws Error(kMemory): the memory was not touched yet, so the kernel has no reason
// to kill the process.
class MemoryMeter {
 public:
  MemoryMeter(torch::Device device, uint64_t limit_bytes);
  ~MemoryMeter();
  MemoryMeter(const MemoryMeter&) = delete;
  MemoryMeter& operator=(const MemoryMeter&) = delete;

  uint64_t peak_bytes() const;
  // What was held after each allocation, in their order.
  const std::vector<int64_t>& moments() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<c10::DebugInfoGuard> guard_;
};

}  // namespace gantrain
