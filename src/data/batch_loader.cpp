#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "gantrain/data/loader.h"

namespace gantrain {

struct BatchLoader::State {
  // One batch of bytes on the host. It belongs to the gathering thread until `ready`, then to
  // next().
  struct Slot {
    HostBatch bytes;
    bool ready = false;
    std::optional<c10::Event> copied;  // CUDA: the copy to the device that still reads the slot
  };

  std::shared_ptr<const Dataset> dataset;
  DrawOrder order;
  int64_t batch_size;
  torch::Device device;
  std::vector<Draw> draws;
  std::array<Slot, 2> slots;
  HostBatch device_bytes;  // CUDA only
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
  double seconds_waited = 0;

  State(std::shared_ptr<const Dataset> data, int64_t size, uint64_t seed, torch::Device where,
        torch::ScalarType type, torch::MemoryFormat format);
  void gather(Slot& slot, int64_t from);
  void gather_ahead(int64_t from);
  void start();
  void halt();
  Slot& wait_for_slot();
  void convert(Slot& slot);
};

BatchLoader::State::State(std::shared_ptr<const Dataset> data, int64_t size, uint64_t seed,
                          torch::Device where, torch::ScalarType type, torch::MemoryFormat format)
    : dataset(std::move(data)),
      order(dataset->info(), seed),
      batch_size(size),
      device(where),
      draws(size) {
  TORCH_CHECK(size > 0, "BatchLoader: the batch size must be positive, got ", size);
  TORCH_CHECK(type == torch::kFloat || type == torch::kDouble,
              "BatchLoader: images are float or double");
  for (Slot& slot : slots) {
    slot.bytes = make_host_batch(dataset->info(), size, device.is_cuda());
    if (device.is_cuda()) {
      slot.copied.emplace(device.type());
    }
  }
  const HostBatch& bytes = slots[0].bytes;
  const auto there = torch::TensorOptions().device(device);
  const auto like = [&](const torch::Tensor& tensor, torch::ScalarType element,
                        torch::MemoryFormat layout) {
    return tensor.defined() ? torch::empty(tensor.sizes(), there.dtype(element), layout)
                            : torch::Tensor();
  };
  if (device.is_cuda()) {
    const auto of_bytes = torch::MemoryFormat::ChannelsLast;
    device_bytes.images = like(bytes.images, bytes.images.scalar_type(), of_bytes);
    device_bytes.inputs = like(bytes.inputs, bytes.images.scalar_type(), of_bytes);
  }
  batch.images = like(bytes.images, type, format);
  batch.inputs = like(bytes.inputs, type, format);
  batch.labels = like(bytes.labels, torch::kLong, torch::MemoryFormat::Contiguous);
}

void BatchLoader::State::gather(Slot& slot, int64_t from) {
  if (slot.copied) {
    slot.copied->synchronize();
  }
  for (int64_t i = 0; i < batch_size; ++i) {
    draws[i] = order.at(from + i);
  }
  dataset->gather(draws, slot.bytes);
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
BatchLoader::State::Slot& BatchLoader::State::wait_for_slot() {
  if (!thread.joinable()) {
    start();
  }
  Slot& slot = slots[take];
  std::unique_lock lock(mutex);
  const auto start = std::chrono::steady_clock::now();
  changed.wait(lock, [&] { return slot.ready || failure; });
  seconds_waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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
  const auto to_device = [&](const torch::Tensor& bytes, torch::Tensor& there, torch::Tensor& out) {
    if (!bytes.defined()) {
      return;
    }
    if (device.is_cuda()) {
      there.copy_(bytes, /*non_blocking=*/true);
    }
    to_unit_range(device.is_cuda() ? there : bytes, out);
  };
  to_device(slot.bytes.images, device_bytes.images, batch.images);
  to_device(slot.bytes.inputs, device_bytes.inputs, batch.inputs);
  if (batch.labels.defined()) {
    batch.labels.copy_(slot.bytes.labels, /*non_blocking=*/true);
  }
  if (slot.copied) {
    slot.copied->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }
}

BatchLoader::BatchLoader(std::shared_ptr<const Dataset> dataset, int64_t batch_size, uint64_t seed,
                         torch::Device device, torch::ScalarType type, torch::MemoryFormat format)
    : state_(std::make_unique<State>(std::move(dataset), batch_size, seed, device, type, format)) {}

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
    State::Slot& slot = state.wait_for_slot();
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
  state_->order = DrawOrder(state_->dataset->info(), seed);
}

void BatchLoader::repeat_first(bool on) {
  state_->halt();
  state_->repeat = on;
}

double BatchLoader::seconds_waited() const {
  return state_->seconds_waited;
}

const Dataset& BatchLoader::dataset() const {
  return *state_->dataset;
}

}  // namespace gantrain
