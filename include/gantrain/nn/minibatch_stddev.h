#pragma once

#include <torch/torch.h>

namespace gantrain {

// Minibatch standard deviation, arXiv:1710.10196: one more channel that tells how much the pictures
// of a group differ. map [N, C, H, W] -> [N, C + 1, H, W]; the deviation (of the population, with
// 1e-8 under the root) of every value over the group, averaged over channels and places. Pictures
// n, n + N/g, n + 2N/g, ... are a group of g = the largest divisor of N that is at most 4: a batch
// of 6 has groups of 3, one of 7 groups of 1, whose deviation is 1e-4. In eval mode the same.
torch::Tensor minibatch_stddev(const torch::Tensor& map);

// The same as a layer, so that one can see that a network has it; without parameters.
class MinibatchStddevImpl : public torch::nn::Module {
 public:
  torch::Tensor forward(const torch::Tensor& map) { return minibatch_stddev(map); }
};
TORCH_MODULE(MinibatchStddev);

}  // namespace gantrain
