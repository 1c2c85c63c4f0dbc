#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/core/option_table.h"
#include "gantrain/models/state_visitor.h"
#include "gantrain/training/optimizer.h"

namespace gantrain {

// How an optimizer without a fused kernel moves its parameters: b = momentum b + update; weight -=
// rate b, as torch.optim computes it. Without momentum b is the update, and there is no state.
class HeavyBall {
 public:
  HeavyBall(double momentum, const std::vector<NamedParameter>& parameters);

  // values[i] and updates[i] belong to parameters[indices[i]]. skip: a float scalar on the device,
  // 1 = change nothing; the updates must be finite even then. Bumps the values' versions.
  void step(at::TensorList values, const std::vector<size_t>& indices,
            std::vector<torch::Tensor> updates, const torch::Tensor& rate,
            const torch::Tensor& skip);

  // The state of parameter `index`: "<name>.momentum_buffer".
  void visit_state(size_t index, const std::string& name, StateVisitor& visitor);

 private:
  double momentum_;
  std::vector<torch::Tensor> momenta_;
};

// The key "momentum" of an options struct. A change on resume between none and some would not fit
// the checkpoint's state.
template <typename O>
OptionBuilder<O> momentum_option(const std::string& help) {
  return number("momentum", &O::momentum, help).range(0.0, 1.0).below_maximum();
}

}  // namespace gantrain
