#include "gantrain/runtime/random_streams.h"

#include <mutex>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "gantrain/core/mix64.h"

namespace gantrain {

namespace {

// FNV-1a.
uint64_t hash_text(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  }
  return hash;
}

torch::Generator fresh_generator(torch::Device device, uint64_t seed) {
  if (device.is_cpu()) {
    return at::detail::createCPUGenerator(seed);
  }
  torch::Generator generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

void seed_default_generator(torch::Device device, uint64_t seed) {
  torch::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

// An empty tensor that `fill` fills from a generator of its own; shapes alone are worth something
// on the meta device.
template <typename Fill>
torch::Tensor draw_tensor(torch::Device device, uint64_t seed, torch::IntArrayRef shape,
                          torch::ScalarType type, Fill fill) {
  torch::Tensor values = torch::empty(shape, torch::TensorOptions().device(device).dtype(type));
  if (!device.is_meta()) {
    fill(values, fresh_generator(device, seed));
  }
  return values;
}

}  // namespace

uint64_t RandomStreams::key(int64_t step, int64_t draw, std::string_view stream) const {
  uint64_t hash = mix64(seed_ + kMixStep);
  for (const uint64_t part : {static_cast<uint64_t>(rank_), static_cast<uint64_t>(step),
                              static_cast<uint64_t>(draw), hash_text(stream)}) {
    hash = mix64((hash ^ part) + kMixStep);
  }
  return hash;
}

torch::Tensor RandomStreams::normal(int64_t step, int64_t draw, std::string_view stream,
                                    torch::IntArrayRef shape, torch::ScalarType type) const {
  return draw_tensor(device_, key(step, draw, stream), shape, type,
                     [](torch::Tensor& values, const torch::Generator& generator) {
                       values.normal_(0, 1, generator);
                     });
}

torch::Tensor RandomStreams::uniform(int64_t step, int64_t draw, std::string_view stream,
                                     torch::IntArrayRef shape, torch::ScalarType type) const {
  return draw_tensor(device_, key(step, draw, stream), shape, type,
                     [](torch::Tensor& values, const torch::Generator& generator) {
                       values.uniform_(0, 1, generator);
                     });
}

torch::Tensor RandomStreams::integers(int64_t step, int64_t draw, std::string_view stream,
                                      int64_t high, torch::IntArrayRef shape) const {
  TORCH_CHECK(high > 0, "integers of the stream \"", std::string(stream),
              "\" need a bound above 0, got ", high);
  return draw_tensor(device_, key(step, draw, stream), shape, torch::kLong,
                     [high](torch::Tensor& values, const torch::Generator& generator) {
                       values.random_(0, high, generator);
                     });
}

void RandomStreams::seed_library(int64_t step, int64_t draw, std::string_view stream) const {
  const uint64_t seed = key(step, draw, stream);
  seed_default_generator(torch::kCPU, seed);
  if (device_.is_cuda()) {
    seed_default_generator(device_, seed);
  }
}

}  // namespace gantrain
