#include "training/health.h"

#include "training/misfits.h"

namespace gantrain {

Health::Health(torch::Device device)
    : counts_(torch::zeros({2}, torch::dtype(torch::kDouble).device(device))) {}

void Health::count(const torch::Tensor& skip) {
  torch::NoGradGuard no_grad;
  counts_.add_(skip);
  counts_.select(0, 1).mul_(skip);
}

Health::Reading Health::read() const {
  const torch::Tensor host = counts_.to(torch::kCPU);
  return {host[0].item<int64_t>(), host[1].item<int64_t>()};
}

Value Health::save() const {
  return counts_;
}

void Health::check(const Value& saved, const std::string& name, Misfits& misfits) const {
  misfits.fits(name, &saved, counts_);
}

void Health::load(const Value& saved) {
  counts_.copy_(saved.as<torch::Tensor>());
}

}  // namespace gantrain
