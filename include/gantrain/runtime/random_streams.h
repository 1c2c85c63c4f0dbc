#pragma once

#include <cstdint>
#include <string_view>

#include <torch/torch.h>

namespace gantrain {

// Random numbers that are functions of (seed, rank, step, draw, stream) only: nothing has to be
// stored to resume, and samples or evaluation cannot disturb training. Each call seeds a fresh
// generator from a hash of the five.
class RandomStreams {
 public:
  RandomStreams(uint64_t seed, int64_t rank, torch::Device device)
      : seed_(seed), rank_(rank), device_(device) {}

  // The hash itself; also seeds the library's own generator for dropout (seed_library).
  uint64_t key(int64_t step, int64_t draw, std::string_view stream) const;

  torch::Tensor normal(int64_t step, int64_t draw, std::string_view stream,
                       torch::IntArrayRef shape, torch::ScalarType type = torch::kFloat) const;
  torch::Tensor uniform(int64_t step, int64_t draw, std::string_view stream,
                        torch::IntArrayRef shape,
                        torch::ScalarType type = torch::kFloat) const;  // [0, 1)
  torch::Tensor integers(int64_t step, int64_t draw, std::string_view stream, int64_t high,
                         torch::IntArrayRef shape) const;  // int64, [0, high)

  // Seeds the default generators of the library (dropout draws from them) for one step, from the
  // same hash.
  void seed_library(int64_t step, int64_t draw, std::string_view stream) const;

  uint64_t seed() const { return seed_; }
  int64_t rank() const { return rank_; }
  torch::Device device() const { return device_; }

 private:
  uint64_t seed_;
  int64_t rank_;
  torch::Device device_;
};

}  // namespace gantrain
