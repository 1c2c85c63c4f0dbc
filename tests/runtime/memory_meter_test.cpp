#include "gantrain/runtime/memory_meter.h"

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

TEST(MemoryMeter, CountsWhatIsHeldAtMost) {
  const MemoryMeter meter(torch::kCPU, kNoLimit);
  for (int i = 0; i < 3; ++i) {
    const torch::Tensor one = torch::empty({1 << 20}, torch::kByte);
    const torch::Tensor two = torch::empty({1 << 20}, torch::kByte);
  }
  EXPECT_GE(meter.peak_bytes(), 2u << 20);
  EXPECT_LT(meter.peak_bytes(), (2u << 20) + 4096);
}

TEST(MemoryMeter, SeesWhatBackwardAllocates) {
  const torch::Tensor x = torch::ones({1 << 18}, torch::requires_grad());
  const MemoryMeter meter(torch::kCPU, kNoLimit);
  x.exp().sum().backward();
  EXPECT_GE(meter.peak_bytes(), 2u << 20);  // the exponential and the gradient, 4 bytes each
}

TEST(MemoryMeter, AnAllocationBeyondTheLimitIsAnErrorAndTheNextOneIsNot) {
  const MemoryMeter meter(torch::kCPU, 1u << 20);
  EXPECT_THROW(torch::empty({2 << 20}, torch::kByte), Error);
  const torch::Tensor outside = [] { return torch::empty({16}, torch::kByte); }();
  EXPECT_EQ(outside.numel(), 16);
}

TEST(MemoryMeter, EndsWithItsScope) {
  { const MemoryMeter meter(torch::kCPU, 16); }
  EXPECT_NO_THROW(torch::empty({1 << 20}, torch::kByte));
}

}  // namespace
}  // namespace gantrain
