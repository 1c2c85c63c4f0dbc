#include "training/gradient_clip.h"

#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>
#include <ATen/ops/_foreach_mul.h>

namespace gantrain {

void GradientClip::apply(std::vector<torch::Tensor>& gradients,
                         const torch::Tensor& total_norm) const {
  constexpr double kNormGuard = 1e-6;
  if (norm > 0) {
    gradients = at::_foreach_mul(gradients, (norm / (total_norm + kNormGuard)).clamp_max(1));
  }
  if (value > 0) {
    gradients = at::_foreach_clamp_min(at::_foreach_clamp_max(gradients, value), -value);
  }
}

}  // namespace gantrain
