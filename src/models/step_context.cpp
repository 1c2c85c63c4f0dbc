#include "gantrain/models/step_context.h"

#include <utility>

namespace gantrain {

StepContext::StepContext(const RandomStreams& streams, const Runtime& runtime, Batch batch,
                         int64_t step, int64_t draw, int64_t start, int64_t local_batch_size)
    : streams_(streams),
      runtime_(runtime),
      batch_(std::move(batch)),
      step_(step),
      draw_(draw),
      start_(start),
      local_batch_size_(local_batch_size) {}

torch::Tensor StepContext::normal(std::string_view stream, torch::IntArrayRef shape) {
  if (const auto injected = find_injected(stream); injected.defined()) {
    return injected;
  }
  return slice(
      streams_.normal(step_, draw_, stream, whole_shape(shape), runtime_.parameter_type()));
}

torch::Tensor StepContext::uniform(std::string_view stream, torch::IntArrayRef shape) {
  if (const auto injected = find_injected(stream); injected.defined()) {
    return injected;
  }
  return slice(
      streams_.uniform(step_, draw_, stream, whole_shape(shape), runtime_.parameter_type()));
}

torch::Tensor StepContext::integers(std::string_view stream, int64_t high,
                                    torch::IntArrayRef shape) {
  if (const auto injected = find_injected(stream); injected.defined()) {
    return injected;
  }
  return slice(streams_.integers(step_, draw_, stream, high, whole_shape(shape)));
}

void StepContext::report(std::string_view name, const torch::Tensor& scalar) {
  reports_.emplace_back(std::string(name), scalar.detach());
}

torch::Tensor StepContext::slice(const torch::Tensor& whole) const {
  return whole.size(0) == batch_.size() ? whole : whole.slice(0, start_, start_ + batch_.size());
}

torch::Tensor StepContext::find_injected(std::string_view stream) const {
  const auto found = injected_.find(std::string(stream));
  return found == injected_.end() ? torch::Tensor() : found->second;
}

std::vector<int64_t> StepContext::whole_shape(torch::IntArrayRef shape) const {
  TORCH_CHECK(!shape.empty() && shape[0] == batch_.size(),
              "a draw's first size must be the batch's, ", batch_.size());
  std::vector<int64_t> whole = shape.vec();
  whole[0] = local_batch_size_;
  return whole;
}

}  // namespace gantrain
