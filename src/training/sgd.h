#pragma once

#include <vector>

#include "gantrain/training/optimizer.h"

#include "training/heavy_ball.h"

namespace gantrain {

struct SgdOptions {
  double learning_rate = 1e-2;
  double momentum = 0;
};
const OptionTable& sgd_options();

// Stochastic gradient descent with heavy-ball momentum, as torch.optim.SGD computes it: b =
// momentum b + g; weight -= rate b. About three passes over the parameters a step. State of a
// parameter: ".momentum_buffer", none without momentum.
class Sgd : public Optimizer {
 public:
  Sgd(const SgdOptions& options, std::vector<NamedParameter> parameters);
  void step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
            const torch::Tensor& skip) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  std::vector<torch::Tensor> values_;
  HeavyBall heavy_ball_;
};

}  // namespace gantrain
