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
          // A change between none and some would not fit the checkpoint's state.
          number("momentum", &SgdOptions::momentum, "Decay of the sum of gradients; 0 is none.")
              .range(0.0, 1.0)
              .below_maximum(),
      });
  return table;
}

Sgd::Sgd(const SgdOptions& options, std::vector<NamedParameter> parameters)
    : Optimizer(std::move(parameters), options.learning_rate),
      options_(options),
      values_(values_of(parameters_)) {
  if (options_.momentum > 0) {
    momenta_ = zeros_like_parameters(parameters_);
  }
}

void Sgd::step(const std::vector<size_t>& indices, const std::vector<torch::Tensor>& gradients,
               const torch::Tensor& skip) {
  if (indices.empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  const Selection values(values_, indices);
  const torch::Tensor& like = values_.front();
  auto updates = zero_when_skipped(with_strides_of(values, gradients), skip);
  if (!momenta_.empty()) {
    const Selection momenta(momenta_, indices);
    at::_foreach_mul_(momenta, decay_factor(options_.momentum, skip, like));
    at::_foreach_add_(momenta, updates);
    updates = at::_foreach_mul(momenta, 1 - skip.to(like.scalar_type()));
  }
  at::_foreach_mul_(updates, rate_.to(like.scalar_type()));
  at::_foreach_sub_(values, updates);
  bump_versions(values);
}

void Sgd::visit_state(StateVisitor& visitor) {
  for (size_t i = 0; i < momenta_.size(); ++i) {
    visitor.visit(parameters_[i].name + ".momentum_buffer", momenta_[i]);
  }
}

}  // namespace gantrain
