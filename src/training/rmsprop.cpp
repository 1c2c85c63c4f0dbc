#include "training/rmsprop.h"

#include "training/parameter_lists.h"

namespace gantrain {

const OptionTable& rmsprop_options() {
  static const OptionTable table = OptionTable::of<RmsPropOptions>(
      "RMSprop, as WGAN (arXiv:1701.07875) uses it.",
      {
          number("learning_rate", &RmsPropOptions::learning_rate, "Step size.")
              .range(0.0, 10.0)
              .above_minimum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"lr"}),
          number("alpha", &RmsPropOptions::alpha, "Decay of the squared gradient's average.")
              .range(0.0, 1.0)
              .below_maximum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"rho", "decay", "beta2"}),
          number("eps", &RmsPropOptions::eps,
                 "Added to the root of the squared gradient's average.")
              .range(0.0, 1.0)
              .above_minimum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"epsilon"}),
          momentum_option<RmsPropOptions>("Decay of the sum of updates; 0 is none."),
      });
  return table;
}

RmsProp::RmsProp(const RmsPropOptions& options, std::vector<NamedParameter> parameters)
    : Optimizer(std::move(parameters), options.learning_rate),
      options_(options),
      values_(values_of(parameters_)),
      square_averages_(zeros_like_parameters(parameters_)),
      heavy_ball_(options.momentum, parameters_) {}

void RmsProp::step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
                   const torch::Tensor& skip) {
  if (indices.empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  const Selection values(values_, indices);
  const Selection square_averages(square_averages_, indices);
  const auto finite = zero_when_skipped(with_strides_of(values, gradients), skip);
  at::_foreach_mul_(square_averages, decay_factor(options_.alpha, skip, values_.front()));
  at::_foreach_addcmul_(square_averages, finite, finite, 1 - options_.alpha);
  auto updates = at::_foreach_sqrt(square_averages);
  at::_foreach_add_(updates, options_.eps);
  heavy_ball_.step(values, indices, at::_foreach_div(finite, updates), rate_, skip);
}

void RmsProp::visit_state(StateVisitor& visitor) {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    visitor.visit(parameters_[i].name + ".square_avg", square_averages_[i]);
    heavy_ball_.visit_state(i, parameters_[i].name, visitor);
  }
}

}  // namespace gantrain
