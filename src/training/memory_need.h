#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gantrain/data/dataset.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/training_state.h"

namespace gantrain {

// The guarantee is a meter: `build_state` and the first step of a process throw Error(kMemory) at
// the allocation that would go beyond what was available when the program started. Measuring with
// steps of their own takes some tenths of a second of a 64-pixel DCGAN's start (of 1.3 s), so it is
// done before the first step only when a generous guess comes near what is available, and after a
// first step that the meter ended, to name a batch size that would fit.

// What a run's tensors take on the device that it computes on: networks, averages, optimizer states
// and gradients, the batch and the activations of a step, and the copy of it all that a save makes.
struct MemoryNeed {
  // At one moment of a step; what is held most at few images is not what is held most at many.
  struct Moment {
    int64_t fixed_bytes = 0;
    int64_t bytes_per_image = 0;  // of a micro-batch
  };
  std::vector<Moment> moments;
  uint64_t once_bytes = 0;     // besides, at all moments
  int64_t images_at_once = 0;  // the micro-batch, or the whole one

  uint64_t tensor_bytes(int64_t images) const;
  // With what LibTorch's kernels take for themselves and the gaps between freed blocks: half as
  // much again (a process with 2.0 GB of tensors was seen to grow to 3.1 GB).
  uint64_t needed_bytes(int64_t images) const { return tensor_bytes(images) / 2 * 3; }
};

// Measured on steps of 4 and 8 images of networks of their own, allocation by allocation; the run's
// random numbers are not touched. Throws Error(kMemory) when not even they fit into
// `available_bytes`.
MemoryNeed measure_memory(const RunConfig& config, const Runtime& runtime,
                          const std::shared_ptr<const Dataset>& dataset, uint64_t available_bytes);

// Throws Error(kMemory) that names a batch size that would fit when the need is more than that.
void refuse_too_little_memory(const MemoryNeed& need, const RunConfig& config,
                              uint64_t available_bytes);

// Without a step: four times the state, and for every image twenty times 64 feature maps of full
// resolution. Several times what the models take; no bound for every model there may be.
uint64_t guess_memory(const TrainingState& state, const RunConfig& config);

// What is left for the tensors of a step when the state and the copy that a save makes of it are
// there.
uint64_t bytes_left_for_a_step(const TrainingState& state, uint64_t available_bytes);

// The run's state. Throws Error(kMemory) when it does not fit, or when the guess comes near
// `available_bytes` and what is then measured is more. Nothing is checked but the host's memory: a
// GPU says in time when its own ends.
std::unique_ptr<TrainingState> build_state(const RunConfig& config, const Runtime& runtime,
                                           const std::shared_ptr<const Dataset>& dataset,
                                           uint64_t available_bytes);

}  // namespace gantrain
