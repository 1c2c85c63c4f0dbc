#include "gantrain/nn/dropout.h"

#include <cmath>
#include <mutex>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/Parallel.h>

#include "gantrain/core/mix64.h"

namespace gantrain {
namespace {

constexpr int64_t kElementsPerTask = 32768;  // even: an element pair shares one hash

uint64_t draw_key() {
  torch::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

// Fills in memory order. 32 bits decide an element: kept when below (1 - p) * 2^32.
template <typename Scalar>
void fill_factors(Scalar* factors, int64_t count, double probability, uint64_t key) {
  const auto limit = static_cast<uint64_t>(std::llround((1 - probability) * 0x1p32));
  const Scalar choices[2] = {
      Scalar(0), static_cast<Scalar>(static_cast<at::opmath_type<Scalar>>(1 / (1 - probability)))};
  at::parallel_for(0, count, kElementsPerTask, [&](int64_t begin, int64_t end) {
    int64_t i = begin;
    if (i % 2 == 1 && i < end) {
      factors[i] =
          choices[(mix64(key + static_cast<uint64_t>(i / 2 + 1) * kMixStep) >> 32) < limit];
      ++i;
    }
    for (; i < end; i += 2) {
      const uint64_t bits = mix64(key + static_cast<uint64_t>(i / 2 + 1) * kMixStep);
      factors[i] = choices[(bits & 0xffffffff) < limit];
      if (i + 1 < end) {
        factors[i + 1] = choices[(bits >> 32) < limit];
      }
    }
  });
}

torch::Tensor factors_like(const torch::Tensor& input, double probability) {
  torch::Tensor factors = torch::empty_like(input);
  AT_DISPATCH_FLOATING_TYPES_AND(torch::kBFloat16, factors.scalar_type(), "dropout", [&] {
    fill_factors(factors.data_ptr<scalar_t>(), factors.numel(), probability, draw_key());
  });
  return factors;
}

}  // namespace

DropoutImpl::DropoutImpl(double probability) : probability_(probability) {
  TORCH_CHECK(probability >= 0 && probability < 1, "dropout: probability ", probability);
}

torch::Tensor DropoutImpl::forward(const torch::Tensor& input) {
  if (given_.defined()) {
    return input * given_;
  }
  if (!(is_training() || drop_in_eval_) || probability_ == 0) {
    return input;
  }
  return input.is_cpu() ? input * factors_like(input.detach(), probability_)
                        : torch::dropout(input, probability_, /*train=*/true);
}

}  // namespace gantrain
