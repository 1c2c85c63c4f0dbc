#include "training/sgd.h"

#include "training/parameter_lists.h"

namespace gantrain {

const OptionTable& sgd_options() {
  static const OptionTable table = OptionTable::of<SgdOptions>(
      "Stochastic gradient descent.",
      {
          number("learning_rate", &SgdOptions::learning_rate, "Step size.")
              .range(0.0, 10.0)
              .above_minimum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"lr"}),
          momentum_option<SgdOptions>("Decay of the sum of gradients; 0 is none."),
      });
  return table;
}

Sgd::Sgd(const SgdOptions& options, std::vector<NamedParameter> parameters)
    : Optimizer(std::move(parameters), options.learning_rate),
      values_(values_of(parameters_)),
      heavy_ball_(options.momentum, parameters_) {}

void Sgd::step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
               const torch::Tensor& skip) {
  if (indices.empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  const Selection values(values_, indices);
  heavy_ball_.step(values, indices, zero_when_skipped(with_strides_of(values, gradients), skip),
                   rate_, skip);
}

void Sgd::visit_state(StateVisitor& visitor) {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    heavy_ball_.visit_state(i, parameters_[i].name, visitor);
  }
}

}  // namespace gantrain
