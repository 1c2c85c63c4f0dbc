#include "gantrain/nn/minibatch_stddev.h"

#include <algorithm>

namespace gantrain {
namespace {

constexpr int64_t kLargestGroup = 4;
constexpr double kRootGuard = 1e-8;

int64_t group_size(int64_t count) {
  int64_t size = std::min(kLargestGroup, count);
  while (count % size != 0) {
    --size;
  }
  return size;
}

}  // namespace

torch::Tensor minibatch_stddev(const torch::Tensor& map) {
  const int64_t count = map.size(0);
  const int64_t group = group_size(count);
  const auto type = map.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
  const torch::Tensor grouped =
      map.to(type).reshape({group, count / group, map.size(1), map.size(2), map.size(3)});
  const torch::Tensor deviations =
      ((grouped - grouped.mean(0)).square().mean(0) + kRootGuard).sqrt().mean({1, 2, 3});
  const torch::Tensor channel = deviations.repeat({group})
                                    .to(map.scalar_type())
                                    .view({count, 1, 1, 1})
                                    .expand({count, 1, map.size(2), map.size(3)});
  return torch::cat({map, channel}, 1);
}

}  // namespace gantrain
