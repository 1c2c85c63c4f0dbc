#pragma once

#include <torch/torch.h>

namespace gantrain {

// torch::nn::Dropout (arXiv:1207.0580): in training every element becomes 0 with probability p,
// the others are divided by 1 - p. On the CPU the library draws its mask with one thread and a
// sequential generator, which takes a quarter of a DCGAN step; here element i of a mask is a
// function of (one draw from the library's default generator, i), so all threads make it and their
// number changes nothing. Elsewhere than on the CPU it is the library's.
class DropoutImpl : public torch::nn::Module {
 public:
  explicit DropoutImpl(double probability);  // in [0, 1)
  torch::Tensor forward(const torch::Tensor& input);

 private:
  double probability_;
};
TORCH_MODULE(Dropout);

}  // namespace gantrain
