#include "training/memory_need.h"

#include <algorithm>
#include <string>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/runtime/memory_meter.h"

namespace gantrain {
namespace {

constexpr int64_t kSmallBatch = 4;
constexpr int64_t kLargeBatch = 8;
// Of guess_memory(), and the part of what is available that it may be.
constexpr uint64_t kStates = 4;
constexpr uint64_t kGuessedFeatureMaps = 64;
constexpr uint64_t kGuessedCopies = 20;
constexpr uint64_t kNear = 4;

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

// needed_bytes() the other way round.
uint64_t left_for_tensors(uint64_t available_bytes) {
  return available_bytes / 3 * 2;
}

struct Probe {
  uint64_t peak_bytes = 0;  // of one step, everything included
  std::vector<int64_t> moments;
  uint64_t state_bytes = 0;  // what a checkpoint holds
};

class Prober {
 public:
  Prober(const RunConfig& config, const Runtime& runtime, std::shared_ptr<const Dataset> dataset,
         uint64_t available_bytes)
      : config_(config),
        runtime_(runtime),
        dataset_(std::move(dataset)),
        available_bytes_(available_bytes) {}

  Probe take_one_step(int64_t batch_size, int64_t micro_batch_size) {
    config_.training.batch_size = batch_size;
    config_.training.micro_batch_size = micro_batch_size;
    const MemoryMeter meter(runtime_.device, available_bytes_);
    TrainingState state(config_, runtime_, dataset_);
    state.step();
    return {meter.peak_bytes(), meter.moments(), tensor_bytes(state.save())};
  }

 private:
  RunConfig config_;
  const Runtime& runtime_;
  std::shared_ptr<const Dataset> dataset_;
  uint64_t available_bytes_;
};

uint64_t slope(const Probe& less, const Probe& more, int64_t images) {
  return more.peak_bytes > less.peak_bytes
             ? (more.peak_bytes - less.peak_bytes) / static_cast<uint64_t>(images)
             : 0;
}

uint64_t without(const Probe& probe, uint64_t bytes) {
  return probe.peak_bytes - std::min(probe.peak_bytes, bytes);
}

// The same step with `less` and with `more` images allocates the same things, some of them larger.
std::vector<MemoryNeed::Moment> moments_of(const Probe& few, int64_t less, const Probe& many,
                                           int64_t more) {
  if (less == more || few.moments.size() != many.moments.size()) {
    // All but the state, taken for what images need.
    const auto state = static_cast<int64_t>(few.state_bytes);
    const auto peak = static_cast<int64_t>(many.peak_bytes);
    return {{state, std::max<int64_t>(0, peak - state) / more + 1}};
  }
  std::vector<MemoryNeed::Moment> moments;
  moments.reserve(few.moments.size());
  for (size_t i = 0; i < few.moments.size(); ++i) {
    const int64_t slope = std::max<int64_t>(0, (many.moments[i] - few.moments[i]) / (more - less));
    moments.push_back({few.moments[i] - slope * less, slope});
  }
  return moments;
}

// What a step of several micro-batches takes beyond that of one: sums of gradients, and what every
// image of the batch has of its own (pixels, draws, prepared fakes).
uint64_t beyond_one_micro_batch(Prober& prober, const Probe& one, int64_t micro, int64_t batch) {
  const Probe two = prober.take_one_step(2 * micro, micro);
  const Probe three = prober.take_one_step(3 * micro, micro);
  const uint64_t an_image = slope(two, three, micro);
  const uint64_t once = without(two, one.peak_bytes + an_image * static_cast<uint64_t>(micro));
  return once + an_image * static_cast<uint64_t>(batch);
}

}  // namespace

MemoryNeed measure_memory(const RunConfig& config, const Runtime& runtime,
                          const std::shared_ptr<const Dataset>& dataset, uint64_t available_bytes) {
  const int64_t batch = config.training.batch_size;
  MemoryNeed need;
  need.images_at_once = images_at_once(config.training);
  const int64_t small = std::min(kSmallBatch, need.images_at_once);
  const int64_t large = std::min(kLargeBatch, need.images_at_once);
  Prober prober(config, runtime, dataset, available_bytes);
  const Probe first = prober.take_one_step(small, 0);
  const Probe second = large > small ? prober.take_one_step(large, 0) : first;
  need.moments = moments_of(first, small, second, large);
  need.once_bytes = first.state_bytes;  // the copy that a save writes from
  if (batch > need.images_at_once) {
    need.once_bytes += beyond_one_micro_batch(prober, second, large, batch);
  }
  return need;
}

uint64_t MemoryNeed::tensor_bytes(int64_t images) const {
  int64_t most = 0;
  for (const Moment& moment : moments) {
    most = std::max(most, moment.fixed_bytes + moment.bytes_per_image * images);
  }
  return static_cast<uint64_t>(most) + once_bytes;
}

void refuse_too_little_memory(const MemoryNeed& need, const RunConfig& config,
                              uint64_t available_bytes) {
  const uint64_t needed = need.needed_bytes(need.images_at_once);
  if (needed <= available_bytes) {
    return;
  }
  const bool micro = config.training.micro_batch_size > 0;
  const std::string key = micro ? "training.micro_batch_size" : "training.batch_size";
  std::string message = config.config.place(key) + ": " + std::to_string(need.images_at_once) +
                        " images at once need about " + format_bytes(needed) + " of memory (got " +
                        format_bytes(available_bytes) + " available). ";
  int64_t advised = 0;  // a power of two: it divides most batch sizes
  for (int64_t images = 1;
       images < need.images_at_once && need.needed_bytes(images) <= available_bytes; images *= 2) {
    advised = images;
  }
  message += advised > 0 ? "training.micro_batch_size or batch_size " + std::to_string(advised) +
                               " would fit"
                         : "Not even one image fits; make the networks smaller";
  throw Error(ErrorKind::kMemory, message);
}

uint64_t guess_memory(const TrainingState& state, const RunConfig& config) {
  const ImageGeometry geometry = image_geometry(config.model);
  const uint64_t an_image = static_cast<uint64_t>(geometry.height * geometry.width) *
                            sizeof(float) * kGuessedFeatureMaps * kGuessedCopies;
  return kStates * tensor_bytes(state.save()) +
         an_image * static_cast<uint64_t>(images_at_once(config.training));
}

uint64_t bytes_left_for_a_step(const TrainingState& state, uint64_t available_bytes) {
  const uint64_t left = left_for_tensors(available_bytes);
  return left - std::min(left, 2 * tensor_bytes(state.save()));
}

std::unique_ptr<TrainingState> build_state(const RunConfig& config, const Runtime& runtime,
                                           const std::shared_ptr<const Dataset>& dataset,
                                           uint64_t available_bytes) {
  const auto build = [&] { return std::make_unique<TrainingState>(config, runtime, dataset); };
  if (!runtime.device.is_cpu()) {
    return build();
  }
  const auto build_metered = [&] {
    const MemoryMeter meter(runtime.device, left_for_tensors(available_bytes));
    return build();
  };
  auto state = build_metered();
  if (guess_memory(*state, config) > available_bytes / kNear) {
    state.reset();
    refuse_too_little_memory(measure_memory(config, runtime, dataset, available_bytes), config,
                             available_bytes);
    state = build_metered();
  }
  return state;
}

}  // namespace gantrain
