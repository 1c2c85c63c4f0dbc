#include "training/heavy_ball.h"

#include "training/parameter_lists.h"

namespace gantrain {

HeavyBall::HeavyBall(double momentum, const std::vector<NamedParameter>& parameters)
    : momentum_(momentum) {
  if (momentum_ > 0) {
    momenta_ = zeros_like_parameters(parameters);
  }
}

void HeavyBall::step(at::TensorList values, const std::vector<size_t>& indices,
                     std::vector<torch::Tensor> updates, const torch::Tensor& rate,
                     const torch::Tensor& skip) {
  const torch::Tensor& like = values.front();
  if (!momenta_.empty()) {
    const Selection momenta(momenta_, indices);
    at::_foreach_mul_(momenta, decay_factor(momentum_, skip, like));
    at::_foreach_add_(momenta, updates);
    updates = at::_foreach_mul(momenta, 1 - skip.to(like.scalar_type()));
  }
  at::_foreach_mul_(updates, rate.to(like.scalar_type()));
  at::_foreach_sub_(values, updates);
  bump_versions(values);
}

void HeavyBall::visit_state(size_t index, const std::string& name, StateVisitor& visitor) {
  if (!momenta_.empty()) {
    visitor.visit(name + ".momentum_buffer", momenta_[index]);
  }
}

}  // namespace gantrain
