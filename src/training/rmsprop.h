#pragma once

#include <vector>

#include "gantrain/training/optimizer.h"

#include "training/heavy_ball.h"

namespace gantrain {

struct RmsPropOptions {
  double learning_rate = 5e-5;
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;
};
const OptionTable& rmsprop_options();

// RMSprop as torch.optim.RMSprop computes it, without centring: v = alpha v + (1 - alpha) g^2; b =
// momentum b + g / (sqrt(v) + eps); weight -= rate b. About six passes over the parameters a step.
// State of a parameter: ".square_avg", with momentum ".momentum_buffer" too.
class RmsProp : public Optimizer {
 public:
  RmsProp(const RmsPropOptions& options, std::vector<NamedParameter> parameters);
  void step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
            const torch::Tensor& skip) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  RmsPropOptions options_;
  std::vector<torch::Tensor> values_, square_averages_;
  HeavyBall heavy_ball_;
};

}  // namespace gantrain
