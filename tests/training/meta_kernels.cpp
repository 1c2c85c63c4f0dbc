// Shapes on the meta device of operators for which LibTorch's C++ library has none (Python
// registers its own); for convolutions it names two operators as the place to add them.

#include <tuple>
#include <vector>

#include <ATen/ExpandUtils.h>
#include <torch/library.h>
#include <torch/torch.h>

namespace gantrain {
namespace {

std::vector<int64_t> output_sizes(const at::Tensor& input, const at::Tensor& weight,
                                  at::IntArrayRef stride, at::IntArrayRef padding,
                                  at::IntArrayRef dilation, bool transposed,
                                  at::IntArrayRef output_padding, int64_t groups) {
  std::vector<int64_t> sizes = {input.size(0),
                                transposed ? weight.size(1) * groups : weight.size(0)};
  for (int64_t i = 0; i < input.dim() - 2; ++i) {
    const size_t at = static_cast<size_t>(i);
    const int64_t reach = dilation[at] * (weight.size(i + 2) - 1) + 1;
    sizes.push_back(transposed ? (input.size(i + 2) - 1) * stride[at] - 2 * padding[at] + reach +
                                     output_padding[at]
                               : (input.size(i + 2) + 2 * padding[at] - reach) / stride[at] + 1);
  }
  return sizes;
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, at::IntArrayRef stride,
                       at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, int64_t groups) {
  TORCH_CHECK(weight.is_meta() && (!bias || !bias->defined() || bias->is_meta()),
              "a CPU tensor on the meta device");
  return at::empty(
      output_sizes(input, weight, stride, padding, dilation, transposed, output_padding, groups),
      input.options());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef,
    at::IntArrayRef, at::IntArrayRef, bool, at::IntArrayRef, int64_t, std::array<bool, 3> wanted) {
  TORCH_CHECK(gradient.is_meta() && input.is_meta() && weight.is_meta(),
              "a CPU tensor on the meta device");
  return {wanted[0] ? at::empty_like(input) : at::Tensor(),
          wanted[1] ? at::empty_like(weight) : at::Tensor(),
          wanted[2] ? at::empty({gradient.size(1)}, gradient.options()) : at::Tensor()};
}

using Three = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
using Maybe = std::optional<at::Tensor>;

Three batch_norm(const at::Tensor& input, const Maybe& weight, const Maybe&,
                 const Maybe& running_mean, const Maybe&, bool, double, double) {
  TORCH_CHECK((!weight || !weight->defined() || weight->is_meta()) &&
                  (!running_mean || !running_mean->defined() || running_mean->is_meta()),
              "a CPU tensor on the meta device");
  const at::Tensor statistics = at::empty({input.size(1)}, input.options());
  return {at::empty_like(input), statistics, at::empty_like(statistics)};
}

Three batch_norm_backward(const at::Tensor& gradient, const at::Tensor& input, const Maybe&,
                          const Maybe&, const Maybe&, const Maybe&, const Maybe&, bool, double,
                          std::array<bool, 3> wanted) {
  TORCH_CHECK(gradient.is_meta() && input.is_meta(), "a CPU tensor on the meta device");
  const auto channels = [&](bool asked) {
    return asked ? at::empty({input.size(1)}, input.options()) : at::Tensor();
  };
  return {wanted[0] ? at::empty_like(input) : at::Tensor(), channels(wanted[1]),
          channels(wanted[2])};
}

at::Tensor reflection_pad2d(const at::Tensor& input, at::IntArrayRef padding) {
  std::vector<int64_t> sizes = input.sizes().vec();
  sizes[3] += padding[0] + padding[1];
  sizes[2] += padding[2] + padding[3];
  return at::empty(sizes, input.options());
}

at::Tensor reflection_pad2d_backward(const at::Tensor& gradient, const at::Tensor& input,
                                     at::IntArrayRef) {
  TORCH_CHECK(gradient.is_meta() && input.is_meta(), "a CPU tensor on the meta device");
  return at::empty_like(input);
}

at::Tensor index_select(const at::Tensor& input, int64_t dim, const at::Tensor& index) {
  TORCH_CHECK(input.is_meta() && index.is_meta(), "a CPU tensor on the meta device");
  std::vector<int64_t> sizes = input.sizes().vec();
  sizes[static_cast<size_t>(dim)] = index.numel();
  return at::empty(sizes, input.options());
}

at::Tensor embedding_dense_backward(const at::Tensor& gradient, const at::Tensor& indices,
                                    c10::SymInt rows, c10::SymInt, bool) {
  TORCH_CHECK(gradient.is_meta() && indices.is_meta(), "a CPU tensor on the meta device");
  return at::empty({rows.expect_int(), gradient.size(-1)}, gradient.options());
}

at::Tensor relu(const at::Tensor& input) {
  TORCH_CHECK(input.is_meta(), "a CPU tensor on the meta device");
  return at::empty_like(input);
}

at::Tensor dot(const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(a.is_meta() && b.is_meta(), "a CPU tensor on the meta device");
  return at::empty({}, a.options());
}

// Of operators that work place by place.
at::Tensor& like_both(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  TORCH_CHECK(a.is_meta() && b.is_meta() && out.is_meta(), "a CPU tensor on the meta device");
  out.resize_(at::infer_size(a.sizes(), b.sizes()));
  return out;
}

at::Tensor& like_input(const at::Tensor& input, at::Tensor& out) {
  TORCH_CHECK(input.is_meta() && out.is_meta(), "a CPU tensor on the meta device");
  out.resize_(input.sizes());
  return out;
}

at::Tensor where(const at::Tensor& condition, const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(condition.is_meta() && a.is_meta() && b.is_meta(), "a CPU tensor on the meta device");
  return at::empty(at::infer_size(condition.sizes(), at::infer_size(a.sizes(), b.sizes())),
                   a.options());
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("convolution_overrideable", convolution);
  library.impl("convolution_backward_overrideable", convolution_backward);
  library.impl("native_batch_norm", batch_norm);
  library.impl("native_batch_norm_backward", batch_norm_backward);
  library.impl("reflection_pad2d", reflection_pad2d);
  library.impl("reflection_pad2d_backward", reflection_pad2d_backward);
  library.impl("index_select", index_select);
  library.impl("embedding_dense_backward", embedding_dense_backward);
  library.impl("dot", dot);
  library.impl("relu", relu);
  library.impl("abs.out", like_input);
  library.impl("logical_not.out", like_input);
  library.impl("logical_and.out", like_both);
  library.impl("logical_or.out", like_both);
  library.impl("where.self", where);
}

}  // namespace gantrain
