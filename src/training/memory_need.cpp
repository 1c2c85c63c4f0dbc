#include "training/memory_need.h"

#include <algorithm>
#include <string>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/runtime/memory_meter.h"
#include "gantrain/training/training_state.h"

namespace gantrain {
namespace {

constexpr int64_t kSmallBatch = 4;
constexpr int64_t kLargeBatch = 8;

uint64_t tensor_bytes(const Value& tree) {
  uint64_t bytes = 0;
  if (tree.is<torch::Tensor>()) {
    bytes = tree.as<torch::Tensor>().nbytes();
  } else if (tree.is<Value::Dict>()) {
    for (const auto& [key, entry] : tree.as<Value::Dict>()) {
      bytes += tensor_bytes(entry);
    }
  } else if (tree.is<Value::List>()) {
    for (const Value& entry : tree.as<Value::List>()) {
      bytes += tensor_bytes(entry);
    }
  }
  return bytes;
}

struct Probe {
  uint64_t peak_bytes = 0;   // of one step, everything included
  uint64_t state_bytes = 0;  // what a checkpoint holds
};

Probe take_one_step(const RunConfig& config, const Runtime& runtime,
                    const std::shared_ptr<const Dataset>& dataset, uint64_t available_bytes,
                    int64_t batch_size) {
  RunConfig small = config;
  small.training.batch_size = batch_size;
  small.training.micro_batch_size = 0;
  const MemoryMeter meter(runtime.device, available_bytes);
  TrainingState state(small, runtime, dataset);
  state.step();
  return {meter.peak_bytes(), tensor_bytes(state.save())};
}

}  // namespace

MemoryNeed measure_memory(const RunConfig& config, const Runtime& runtime,
                          const std::shared_ptr<const Dataset>& dataset, uint64_t available_bytes) {
  const int64_t batch = config.training.batch_size;
  MemoryNeed need;
  need.images_at_once =
      config.training.micro_batch_size > 0 ? config.training.micro_batch_size : batch;
  const int64_t small = std::min(kSmallBatch, need.images_at_once);
  const int64_t large = std::min(kLargeBatch, need.images_at_once);
  const Probe first = take_one_step(config, runtime, dataset, available_bytes, small);
  if (large > small) {
    const Probe second = take_one_step(config, runtime, dataset, available_bytes, large);
    need.bytes_per_image = (second.peak_bytes - std::min(first.peak_bytes, second.peak_bytes)) /
                           static_cast<uint64_t>(large - small);
  }
  need.fixed_bytes =
      first.peak_bytes -
      std::min(first.peak_bytes, need.bytes_per_image * static_cast<uint64_t>(small));
  if (large == small) {
    need.bytes_per_image = need.fixed_bytes / static_cast<uint64_t>(small);
    need.fixed_bytes -= need.bytes_per_image * static_cast<uint64_t>(small);
  }
  need.fixed_bytes += first.state_bytes;  // the copy that a save writes from
  if (batch > need.images_at_once) {
    const ImageGeometry& geometry = dataset->info().geometry;
    const auto values = static_cast<uint64_t>(geometry.channels * geometry.height * geometry.width);
    constexpr uint64_t kBytesOfAValue = 4 + 2;  // as a float, and in two slots of the loader
    need.fixed_bytes += static_cast<uint64_t>(batch) * values * kBytesOfAValue;
    need.fixed_bytes += first.state_bytes;  // sums of gradients, smaller than that
  }
  return need;
}

void refuse_too_little_memory(const MemoryNeed& need, const RunConfig& config,
                              uint64_t available_bytes) {
  if (need.total_bytes() <= available_bytes) {
    return;
  }
  const bool micro = config.training.micro_batch_size > 0;
  const std::string key = micro ? "training.micro_batch_size" : "training.batch_size";
  std::string message = config.config.place(key) + ": " + std::to_string(need.images_at_once) +
                        " images at once need about " + format_bytes(need.total_bytes()) +
                        " of memory (got " + format_bytes(available_bytes) + " available). ";
  int64_t fits = 0;
  if (available_bytes > need.fixed_bytes && need.bytes_per_image > 0) {
    fits = static_cast<int64_t>((available_bytes - need.fixed_bytes) / need.bytes_per_image);
  }
  // A power of two divides most batch sizes.
  int64_t advised = 1;
  while (advised * 2 <= fits) {
    advised *= 2;
  }
  message +=
      fits > 0 ? "training.micro_batch_size or batch_size " + std::to_string(advised) + " would fit"
               : "Not even one image fits; make the networks smaller";
  throw Error(ErrorKind::kMemory, message);
}

}  // namespace gantrain
