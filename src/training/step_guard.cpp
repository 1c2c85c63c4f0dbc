#include "training/step_guard.h"

#include <ATen/ops/_foreach_copy.h>

namespace gantrain {

StepGuard::StepGuard(const NetworkMap& networks, torch::Device device)
    : skip_(torch::zeros({}, torch::dtype(torch::kFloat).device(device))) {
  for (const auto& network : networks) {
    for (const torch::Tensor& buffer : network.value()->buffers()) {
      buffers_.push_back(buffer);
      remembered_.push_back(torch::empty_like(buffer));
    }
  }
}

void StepGuard::begin_step() {
  const torch::NoGradGuard no_grad;
  skip_.zero_();
  if (!buffers_.empty()) {
    at::_foreach_copy_(remembered_, buffers_);
  }
}

void StepGuard::judge(const torch::Tensor& gradient_norm, const torch::Tensor& loss) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor bad = torch::isfinite(gradient_norm + loss).logical_not();
  skip_.copy_(torch::maximum(skip_, bad.to(skip_.scalar_type())));
}

void StepGuard::end_step() {
  const torch::NoGradGuard no_grad;
  const torch::Tensor bad = skip_ > 0;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const torch::Tensor plain = buffers_[i].variable_data();
    plain.copy_(torch::where(bad, remembered_[i], plain));
  }
}

}  // namespace gantrain
