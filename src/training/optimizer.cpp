#include "gantrain/training/optimizer.h"

#include "training/adam.h"
#include "training/rmsprop.h"
#include "training/sgd.h"

namespace gantrain {

namespace {

// The fused CUDA kernel takes a float rate; elsewhere the rate is as exact as PyTorch's Python
// number.
torch::TensorOptions rate_options(const std::vector<NamedParameter>& parameters) {
  TORCH_CHECK(!parameters.empty(), "an optimizer needs parameters");
  const torch::Device device = parameters[0].value.device();
  return torch::TensorOptions().device(device).dtype(device.is_cuda() ? torch::kFloat
                                                                      : torch::kDouble);
}

}  // namespace

Optimizer::Optimizer(std::vector<NamedParameter> parameters, double learning_rate)
    : parameters_(std::move(parameters)),
      base_rate_(learning_rate),
      rate_(torch::full({}, learning_rate, rate_options(parameters_))) {
  for (const NamedParameter& parameter : parameters_) {
    const torch::Tensor& value = parameter.value;
    TORCH_CHECK(value.device() == rate_.device() && value.dtype() == parameters_[0].value.dtype(),
                "the parameters of one optimizer must share device and type, ", parameter.name,
                " has others");
    TORCH_CHECK(value.is_non_overlapping_and_dense(), parameter.name, " has gaps in its memory");
  }
}

void Optimizer::set_rate_factor(double factor) {
  if (factor != factor_) {
    factor_ = factor;
    rate_.fill_(base_rate_ * factor);
  }
}

const std::vector<SectionVariant>& optimizer_variants() {
  static const std::vector<SectionVariant> variants = {
      {"adam", &adam_options()},
      {"rmsprop", &rmsprop_options()},
      {"sgd", &sgd_options()},
  };
  return variants;
}

std::unique_ptr<Optimizer> build_optimizer(const std::string& type, const std::any& options,
                                           std::vector<NamedParameter> parameters,
                                           int64_t lazy_interval) {
  if (type == "adam") {
    return std::make_unique<Adam>(
        for_lazy_terms(std::any_cast<const AdamOptions&>(options), lazy_interval),
        std::move(parameters));
  }
  if (type == "rmsprop") {
    return std::make_unique<RmsProp>(std::any_cast<const RmsPropOptions&>(options),
                                     std::move(parameters));
  }
  TORCH_CHECK(type == "sgd", "no optimizer is called \"", type, "\"");
  return std::make_unique<Sgd>(std::any_cast<const SgdOptions&>(options), std::move(parameters));
}

}  // namespace gantrain
