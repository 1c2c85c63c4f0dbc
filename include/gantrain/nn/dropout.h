#pragma once

#include <utility>

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

  // Whether eval mode drops, too.
  void drop_in_eval(bool on) { drop_in_eval_ = on; }
  // From now on every element is multiplied by that of `factors`, whatever the mode; an undefined
  // tensor ends it. For comparisons with networks elsewhere, which draw other masks.
  void give_factors(torch::Tensor factors) { given_ = std::move(factors); }

 private:
  double probability_;
  bool drop_in_eval_ = false;
  torch::Tensor given_;
};
TORCH_MODULE(Dropout);

}  // namespace gantrain
