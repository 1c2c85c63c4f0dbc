#include "training/parameter_lists.h"

#include <torch/csrc/autograd/variable.h>

namespace gantrain {

std::vector<torch::Tensor> values_of(const std::vector<NamedParameter>& parameters) {
  std::vector<torch::Tensor> values;
  values.reserve(parameters.size());
  for (const NamedParameter& parameter : parameters) {
    values.push_back(parameter.value);
  }
  return values;
}

std::vector<torch::Tensor> zeros_like_parameters(const std::vector<NamedParameter>& parameters) {
  std::vector<torch::Tensor> zeros;
  zeros.reserve(parameters.size());
  for (const NamedParameter& parameter : parameters) {
    zeros.push_back(torch::zeros_like(parameter.value.detach(), torch::MemoryFormat::Preserve));
    TORCH_CHECK(zeros.back().strides() == parameter.value.strides(), "the state of ",
                parameter.name, " has other strides than the parameter");
  }
  return zeros;
}

Selection::Selection(const std::vector<torch::Tensor>& list, const std::vector<size_t>& indices) {
  if (indices.size() == list.size()) {
    selected_ = list;
    return;
  }
  picked_.reserve(indices.size());
  for (const size_t index : indices) {
    picked_.push_back(list.at(index));
  }
  selected_ = picked_;
}

std::vector<torch::Tensor> with_strides_of(at::TensorList values,
                                           const std::vector<torch::Tensor>& gradients) {
  TORCH_CHECK(values.size() == gradients.size(), values.size(), " parameters, but ",
              gradients.size(), " gradients");
  std::vector<torch::Tensor> result = gradients;
  for (size_t i = 0; i < result.size(); ++i) {
    TORCH_CHECK(result[i].sizes() == values[i].sizes(), "a gradient has sizes ", result[i].sizes(),
                ", its parameter ", values[i].sizes());
    if (result[i].strides() != values[i].strides()) {
      result[i] = torch::empty_like(values[i], torch::MemoryFormat::Preserve).copy_(gradients[i]);
    }
  }
  return result;
}

std::vector<torch::Tensor> zero_when_skipped(const std::vector<torch::Tensor>& gradients,
                                             const torch::Tensor& skip) {
  const torch::Tensor skipped = skip.gt(0);
  std::vector<torch::Tensor> result;
  result.reserve(gradients.size());
  for (const torch::Tensor& gradient : gradients) {
    result.push_back(gradient.masked_fill(skipped, 0));
  }
  return result;
}

torch::Tensor decay_factor(double factor, const torch::Tensor& skip, const torch::Tensor& value) {
  const torch::Tensor step_factor = torch::full_like(skip, factor, value.scalar_type());
  return step_factor.masked_fill_(skip.gt(0), 1);
}

void bump_versions(at::TensorList values) {
  for (const torch::Tensor& value : values) {
    torch::autograd::impl::bump_version(value);
  }
}

}  // namespace gantrain
