#pragma once

#include <torch/torch.h>

namespace gantrain {

// One batch of training data on the training device. Images are [N, C, H, W], float, [-1, 1],
// channels_last or contiguous.
struct Batch {
  torch::Tensor images;  // what the generator should learn to make (domain B of a translation)
  torch::Tensor inputs;  // what it is given (domain A); undefined where there is none
  torch::Tensor labels;  // [N] int64 class indices; undefined where there are none
  int64_t size() const { return images.size(0); }
  Batch slice(int64_t start, int64_t end) const;
};

// The same as bytes on the host, as a data set hands it out: uint8, or uint16 for 16-bit sets.
struct HostBatch {
  torch::Tensor images;
  torch::Tensor inputs;
  torch::Tensor labels;
};

// pixels as a data set hands them out, on any device, into `out` [-1, 1] of the same shape:
// x / 127.5 - 1, or x / 32767.5 - 1 for uint16.
void to_unit_range(const torch::Tensor& pixels, torch::Tensor& out);

}  // namespace gantrain
