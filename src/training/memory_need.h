#pragma once

#include <cstdint>
#include <memory>

#include "gantrain/data/dataset.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// What a run's tensors take at most, on the device that it computes on: networks, averages,
// optimizer states and gradients, the batch and the activations of a step, and the copy of it all
// that a save makes. Not what LibTorch's kernels take for themselves.
struct MemoryNeed {
  uint64_t fixed_bytes = 0;
  uint64_t bytes_per_image = 0;  // of a micro-batch
  int64_t images_at_once = 0;    // the micro-batch, or the whole one
  uint64_t total_bytes() const {
    return fixed_bytes + bytes_per_image * static_cast<uint64_t>(images_at_once);
  }
};

// Measured on steps of 4 and 8 images of networks of their own; the run's random numbers are not
// touched. Throws Error(kMemory) when not even they fit into `available_bytes`.
MemoryNeed measure_memory(const RunConfig& config, const Runtime& runtime,
                          const std::shared_ptr<const Dataset>& dataset, uint64_t available_bytes);

// Throws Error(kMemory) that names a batch size that would fit when the need is more than that.
void refuse_too_little_memory(const MemoryNeed& need, const RunConfig& config,
                              uint64_t available_bytes);

}  // namespace gantrain
