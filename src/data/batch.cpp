#include "gantrain/data/batch.h"

namespace gantrain {
namespace {

torch::Tensor slice_if_defined(const torch::Tensor& tensor, int64_t start, int64_t end) {
  return tensor.defined() ? tensor.slice(0, start, end) : torch::Tensor();
}

}  // namespace

Batch Batch::slice(int64_t start, int64_t end) const {
  return {slice_if_defined(images, start, end), slice_if_defined(inputs, start, end),
          slice_if_defined(labels, start, end)};
}

void to_unit_range(const torch::Tensor& pixels, torch::Tensor& out) {
  out.copy_(pixels);
  out.div_(pixels.scalar_type() == torch::kUInt16 ? 32767.5 : 127.5).sub_(1);
}

}  // namespace gantrain
