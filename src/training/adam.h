#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/training/optimizer.h"

namespace gantrain {

struct AdamOptions {
  double learning_rate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
};
const OptionTable& adam_options();

// What makes up for one more update at every interval-th step; see build_optimizer().
AdamOptions for_lazy_terms(AdamOptions options, int64_t interval);

// Adam, Kingma and Ba 2014, arXiv:1412.6980, algorithm 1, with L2 weight decay added to the
// gradient; bias-corrected. Computes what torch.optim.Adam does. One fused kernel for all
// parameters, which reads and writes parameter and moments once. State of a parameter: ".exp_avg",
// ".exp_avg_sq" (its shape), ".step" (float scalar).
class Adam : public Optimizer {
 public:
  Adam(const AdamOptions& options, std::vector<NamedParameter> parameters);
  void step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
            const torch::Tensor& skip) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  AdamOptions options_;
  std::vector<torch::Tensor> values_, averages_, square_averages_;
  torch::Tensor counts_;              // one float per parameter
  std::vector<torch::Tensor> steps_;  // views into counts_
};

}  // namespace gantrain
