#include <numeric>
#include <utility>

#include "gantrain/data/loader.h"

#include "data/counter_random.h"

namespace gantrain {

EndlessShuffle::EndlessShuffle(int64_t count, uint64_t seed, bool shuffle)
    : count_(count), seed_(seed), shuffle_(shuffle) {
  TORCH_CHECK(count > 0, "EndlessShuffle needs at least one image, got ", count);
}

int64_t EndlessShuffle::at(int64_t position) {
  TORCH_CHECK(position >= 0, "EndlessShuffle: negative position ", position);
  if (!shuffle_) {
    return position % count_;
  }
  if (position / count_ != epoch_) {
    make_epoch(position / count_);
  }
  return order_[position % count_];
}

// Fisher-Yates from the identity, so that epoch e needs none of the epochs before it.
void EndlessShuffle::make_epoch(int64_t epoch) {
  order_.resize(count_);
  std::iota(order_.begin(), order_.end(), int64_t{0});
  CounterRandom random(seed_, static_cast<uint64_t>(epoch));
  for (int64_t i = count_ - 1; i > 0; --i) {
    std::swap(order_[i], order_[static_cast<int64_t>(random.below(i + 1))]);
  }
  epoch_ = epoch;
}

}  // namespace gantrain
