#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "gantrain/data/loader.h"

namespace gantrain {
namespace {

// One batch of bytes on the host. It belongs to the gathering thread until `ready`, then to next().
struct Slot {
  torch::Tensor images;  // [N, C, H, W] uint8, channels_last
  torch::Tensor labels;  // [N] int64, or undefined
  bool ready = false;
  std::optional<c10::Event> copied;  // CUDA: the copy to the device that still reads the slot
};

}  // namespace

struct BatchLoader::State {
  std::shared_ptr<const Dataset> dataset;
  EndlessShuffle shuffle;
  int64_t batch_size;
  torch::Device device;
  std::vector<int64_t> indices;
  std::array<Slot, 2> slots;
  torch::Tensor device_bytes;  // CUDA only
  Batch batch;
  int64_t position = 0;
  bool repeat = false;
  bool first_is_held = false;  // slots[0] holds the first batch, for repeat

  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  std::exception_ptr failure;
  size_t take = 0;  // the slot that next() takes

  State(std::shared_ptr<const Dataset> data, int64_t size, uint64_t seed, torch::Device where,
        torch::ScalarType type);
  void gather(Slot& slot, int64_t from);
  void gather_ahead(int64_t from);
  void start();
  void halt();
  Slot& wait_for_slot();
  void convert(Slot& slot);
};

BatchLoader::State::State(std::shared_ptr<const Dataset> data, int64_t size, uint64_t seed,
                          torch::Device where, torch::ScalarType type)
    : dataset(std::move(data)),
      shuffle(dataset->info().count, seed),
      batch_size(size),
      device(where),
      indices(size) {
  TORCH_CHECK(size > 0, "BatchLoader: the batch size must be positive, got ", size);
  TORCH_CHECK(type == torch::kFloat || type == torch::kDouble,
              "BatchLoader: images are float or double");
  const ImageGeometry& geometry = dataset->info().geometry;
  const std::vector<int64_t> shape = {size, geometry.channels, geometry.height, geometry.width};
  const auto host = torch::TensorOptions().pinned_memory(device.is_cuda());
  const bool labelled = dataset->info().classes > 0;
  for (Slot& slot : slots) {
    slot.images = torch::empty(shape, host.dtype(torch::kByte), torch::MemoryFormat::ChannelsLast);
    if (labelled) {
      slot.labels = torch::empty({size}, host.dtype(torch::kLong));
    }
    if (device.is_cuda()) {
      slot.copied.emplace(device.type());
    }
  }
  const auto there = torch::TensorOptions().device(device);
  if (device.is_cuda()) {
    device_bytes =
        torch::empty(shape, there.dtype(torch::kByte), torch::MemoryFormat::ChannelsLast);
  }
  batch.images = torch::empty(shape, there.dtype(type), torch::MemoryFormat::ChannelsLast);
  if (labelled) {
    batch.labels = torch::empty({size}, there.dtype(torch::kLong));
  }
}

void BatchLoader::State::gather(Slot& slot, int64_t from) {
  if (slot.copied) {
    slot.copied->synchronize();
  }
  for (int64_t i = 0; i < batch_size; ++i) {
    indices[i] = shuffle.at(from + i);
  }
  dataset->gather(indices, slot.images);
  if (slot.labels.defined()) {
    dataset->gather_labels(indices, slot.labels);
  }
}

// The body of the thread: fills the slots in turn.
void BatchLoader::State::gather_ahead(int64_t from) {
  try {
    for (size_t turn = 0;; turn = (turn + 1) % slots.size()) {
      Slot& slot = slots[turn];
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stop || !slot.ready; });
        if (stop) {
          return;
        }
      }
      gather(slot, from);
      from += batch_size;
      const std::lock_guard lock(mutex);
      slot.ready = true;
      changed.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex);
    failure = std::current_exception();
    changed.notify_all();
  }
}

void BatchLoader::State::start() {
  stop = false;
  failure = nullptr;
  first_is_held = false;
  take = 0;
  for (Slot& slot : slots) {
    slot.ready = false;
  }
  thread = std::thread([this, from = position] { gather_ahead(from); });
}

void BatchLoader::State::halt() {
  if (thread.joinable()) {
    {
      const std::lock_guard lock(mutex);
      stop = true;
      changed.notify_all();
    }
    thread.join();
  }
}

// Batches gathered before a failure are still handed out.
Slot& BatchLoader::State::wait_for_slot() {
  if (!thread.joinable()) {
    start();
  }
  Slot& slot = slots[take];
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return slot.ready || failure; });
  if (!slot.ready) {
    lock.unlock();
    halt();
    std::rethrow_exception(failure);
  }
  take = (take + 1) % slots.size();
  return slot;
}

void BatchLoader::State::convert(Slot& slot) {
  const torch::NoGradGuard no_grad;
  if (device.is_cuda()) {
    device_bytes.copy_(slot.images, /*non_blocking=*/true);
    batch.images.copy_(device_bytes);
  } else {
    batch.images.copy_(slot.images);
  }
  batch.images.div_(127.5).sub_(1);
  if (batch.labels.defined()) {
    batch.labels.copy_(slot.labels, /*non_blocking=*/true);
  }
  if (slot.copied) {
    slot.copied->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }
}

BatchLoader::BatchLoader(std::shared_ptr<const Dataset> dataset, int64_t batch_size, uint64_t seed,
                         torch::Device device, torch::ScalarType type)
    : state_(std::make_unique<State>(std::move(dataset), batch_size, seed, device, type)) {}

BatchLoader::~BatchLoader() {
  state_->halt();
}

const Batch& BatchLoader::next() {
  State& state = *state_;
  if (state.repeat) {
    if (!state.first_is_held) {
      state.gather(state.slots[0], 0);
      state.first_is_held = true;
    }
    state.convert(state.slots[0]);
  } else {
    Slot& slot = state.wait_for_slot();
    state.convert(slot);
    const std::lock_guard lock(state.mutex);
    slot.ready = false;
    state.changed.notify_all();
  }
  state.position += state.batch_size;
  return state.batch;
}

int64_t BatchLoader::position() const {
  return state_->position;
}

void BatchLoader::seek(int64_t position) {
  TORCH_CHECK(position >= 0, "BatchLoader: negative position ", position);
  state_->halt();
  state_->position = position;
}

void BatchLoader::reshuffle(uint64_t seed) {
  state_->halt();
  state_->shuffle = EndlessShuffle(state_->dataset->info().count, seed);
}

void BatchLoader::repeat_first(bool on) {
  state_->halt();
  state_->repeat = on;
}

const Dataset& BatchLoader::dataset() const {
  return *state_->dataset;
}

}  // namespace gantrain
