#include "gantrain/nn/resampling_conv.h"

namespace gantrain {
namespace {

constexpr int64_t kSide = 4;
constexpr int64_t kStride = 2;
constexpr int64_t kPadding = 1;
constexpr int64_t kFewPositions = 64;  // of all images of a batch; measured

bool few_positions(const torch::Tensor& map, int64_t positions) {
  return map.is_cpu() && positions <= kFewPositions;
}

// [N, C, H, W] -> [N * H * W, C].
torch::Tensor rows_of(const torch::Tensor& map) {
  return map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
}

// The result as a convolution of `input` would give it: with the bias, in the input's order.
torch::Tensor finished(torch::Tensor map, const torch::Tensor& bias, const torch::Tensor& input) {
  if (bias.defined()) {
    map = map + bias.to(map.scalar_type()).view({-1, 1, 1});
  }
  return map.contiguous(input.suggest_memory_format());
}

}  // namespace

HalvingConvImpl::HalvingConvImpl(int64_t from, int64_t to, bool with_bias)
    : torch::nn::Conv2dImpl(torch::nn::Conv2dOptions(from, to, kSide)
                                .stride(kStride)
                                .padding(kPadding)
                                .bias(with_bias)) {}

torch::Tensor HalvingConvImpl::forward(const torch::Tensor& map) {
  const int64_t images = map.size(0);
  const int64_t height = map.size(2) / kStride;
  const int64_t width = map.size(3) / kStride;
  if (!few_positions(map, images * height * width)) {
    return torch::nn::Conv2dImpl::forward(map);
  }
  const torch::Tensor windows = torch::im2col(map, {kSide, kSide}, /*dilation=*/{1, 1},
                                              {kPadding, kPadding}, {kStride, kStride});
  const torch::Tensor rows = windows.transpose(1, 2).reshape({-1, windows.size(1)});
  const torch::Tensor made = rows.mm(weight.flatten(1).t());  // [N * H / 2 * W / 2, to]
  return finished(made.view({images, height, width, -1}).permute({0, 3, 1, 2}), bias, map);
}

DoublingConvImpl::DoublingConvImpl(int64_t from, int64_t to, bool with_bias)
    : torch::nn::ConvTranspose2dImpl(torch::nn::ConvTranspose2dOptions(from, to, kSide)
                                         .stride(kStride)
                                         .padding(kPadding)
                                         .bias(with_bias)) {}

torch::Tensor DoublingConvImpl::forward(const torch::Tensor& map) {
  const int64_t images = map.size(0);
  const int64_t height = map.size(2);
  const int64_t width = map.size(3);
  if (!few_positions(map, images * height * width)) {
    return torch::nn::ConvTranspose2dImpl::forward(map);
  }
  const torch::Tensor stamps = rows_of(map).mm(weight.flatten(1));  // [N * H * W, to * 16]
  const torch::Tensor by_image = stamps.view({images, height * width, -1}).transpose(1, 2);
  return finished(torch::col2im(by_image, {kStride * height, kStride * width}, {kSide, kSide},
                                /*dilation=*/{1, 1}, {kPadding, kPadding}, {kStride, kStride}),
                  bias, map);
}

}  // namespace gantrain
