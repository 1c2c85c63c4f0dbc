#include "training/adam.h"

#include <cmath>

#include <ATen/ops/_fused_adam.h>

#include "training/parameter_lists.h"

namespace gantrain {

const OptionTable& adam_options() {
  static const OptionTable table = OptionTable::of<AdamOptions>(
      "Adam, arXiv:1412.6980.",
      {
          number("learning_rate", &AdamOptions::learning_rate, "Step size.")
              .range(0.0, 10.0)
              .above_minimum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"lr", "alpha"}),
          number("beta1", &AdamOptions::beta1, "Decay of the gradient's average.")
              .range(0.0, 1.0)
              .below_maximum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"betas", "b1", "momentum"}),
          number("beta2", &AdamOptions::beta2, "Decay of the squared gradient's average.")
              .range(0.0, 1.0)
              .below_maximum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"b2"}),
          number("eps", &AdamOptions::eps, "Added to the root of the squared gradient's average.")
              .range(0.0, 1.0)
              .above_minimum()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"epsilon"}),
          number("weight_decay", &AdamOptions::weight_decay,
                 "Times the weight, added to its gradient (L2).")
              .range(0.0, 1.0)
              .on_resume(OnResume::kFree),
      });
  return table;
}

AdamOptions for_lazy_terms(AdamOptions options, int64_t interval) {
  if (interval > 1) {
    const double share = static_cast<double>(interval) / static_cast<double>(interval + 1);
    options.learning_rate *= share;
    options.beta1 = std::pow(options.beta1, share);
    options.beta2 = std::pow(options.beta2, share);
  }
  return options;
}

Adam::Adam(const AdamOptions& options, std::vector<NamedParameter> parameters)
    : Optimizer(std::move(parameters), options.learning_rate),
      options_(options),
      values_(values_of(parameters_)),
      averages_(zeros_like_parameters(parameters_)),
      square_averages_(zeros_like_parameters(parameters_)),
      counts_(torch::zeros({static_cast<int64_t>(values_.size())},
                           rate_.options().dtype(torch::kFloat))),
      steps_(counts_.unbind()) {}

// The kernel itself does nothing when found_inf is 1, but the counts are the caller's.
void Adam::step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
                const torch::Tensor& skip) {
  if (indices.empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  const Selection values(values_, indices);
  const Selection steps(steps_, indices);
  const torch::Tensor advance = 1 - skip;
  if (indices.size() == values_.size()) {
    counts_.add_(advance);
  } else {
    at::_foreach_add_(steps, advance);
  }
  at::_fused_adam_(values, with_strides_of(values, gradients), Selection(averages_, indices),
                   Selection(square_averages_, indices), {}, steps, rate_, options_.beta1,
                   options_.beta2, options_.weight_decay, options_.eps, /*amsgrad=*/false,
                   /*maximize=*/false, /*grad_scale=*/{}, /*found_inf=*/skip);
  bump_versions(values);
}

void Adam::visit_state(StateVisitor& visitor) {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    visitor.visit(name + ".exp_avg", averages_[i]);
    visitor.visit(name + ".exp_avg_sq", square_averages_[i]);
    visitor.visit(name + ".step", steps_[i]);
  }
}

}  // namespace gantrain
