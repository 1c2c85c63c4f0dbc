#pragma once

#include <torch/torch.h>

namespace gantrain {

// One batch of training data on the training device. Images are [N, C, H, W], float, [-1, 1],
// channels_last.
struct Batch {
  torch::Tensor images;  // what the generator should learn to make (domain B of a translation)
  torch::Tensor inputs;  // what it is given (domain A); undefined where there is none
  torch::Tensor labels;  // [N] int64 class indices; undefined where there are none
  int64_t size() const { return images.size(0); }
  Batch slice(int64_t start, int64_t end) const;
};

}  // namespace gantrain
