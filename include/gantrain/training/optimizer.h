#pragma once

#include <any>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/config/schema.h"
#include "gantrain/models/state_visitor.h"

namespace gantrain {

struct NamedParameter {
  std::string name;  // "generator.main.0.weight": network and key
  torch::Tensor value;
};

// Updates one group of parameters. Its state has the parameters' strides and lies on their device.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // gradients[i] belongs to parameters()[indices[i]] (parameters whose gradient is undefined are
  // left out by the caller, state and count untouched). skip: a float scalar on the device, 1 =
  // change nothing at all (values, state, counts), 0 = step. No host read. Bumps the version
  // counter of every stepped parameter.
  virtual void step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
                    const torch::Tensor& skip) = 0;

  virtual void visit_state(StateVisitor& visitor) = 0;

  const std::vector<NamedParameter>& parameters() const { return parameters_; }
  // Multiplies the configured rate from now on (schedules). Host value; the device scalar is
  // rewritten only when it changes.
  void set_rate_factor(double factor);
  double rate_factor() const { return factor_; }
  // The rate of a step now.
  double rate() const { return base_rate_ * factor_; }

 protected:
  explicit Optimizer(std::vector<NamedParameter> parameters, double learning_rate);
  std::vector<NamedParameter> parameters_;
  double base_rate_;
  torch::Tensor rate_;  // float32 scalar on the device
  double factor_ = 1;
};

// "adam" (fused), "rmsprop", "sgd": the variants of the sections "optimizer.*".
const std::vector<SectionVariant>& optimizer_variants();
// `lazy_interval` k > 1: some of the terms come at every k-th step only, in an update of their own.
// Adam then makes up for the additional updates: rate times c, betas to the power c, c = k / (k +
// 1) (StyleGAN2, 1912.04958, appendix B).
std::unique_ptr<Optimizer> build_optimizer(const std::string& type, const std::any& options,
                                           std::vector<NamedParameter> parameters,
                                           int64_t lazy_interval = 1);

}  // namespace gantrain
