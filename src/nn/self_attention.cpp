#include "gantrain/nn/self_attention.h"

#include <algorithm>

#include "gantrain/nn/spectral_norm.h"

namespace gantrain {
namespace {

constexpr int64_t kKeyShare = 8;
constexpr int64_t kValueShare = 2;

int64_t share_of(int64_t channels, int64_t share) {
  return std::max<int64_t>(1, channels / share);
}

torch::nn::AnyModule pointwise(int64_t from, int64_t to, bool spectral) {
  return any_conv2d(torch::nn::Conv2dOptions(from, to, 1).bias(false), spectral);
}

// [N, C, H, W] -> [N, H * W, C], a view in channels_last.
torch::Tensor places_as_rows(const torch::Tensor& map) {
  return map.permute({0, 2, 3, 1}).flatten(1, 2);
}

}  // namespace

SelfAttentionImpl::SelfAttentionImpl(int64_t channels, bool spectral)
    : query_(pointwise(channels, share_of(channels, kKeyShare), spectral)),
      key_(pointwise(channels, share_of(channels, kKeyShare), spectral)),
      value_(pointwise(channels, share_of(channels, kValueShare), spectral)),
      out_(pointwise(share_of(channels, kValueShare), channels, spectral)),
      gamma_(register_parameter("gamma", torch::zeros({1}))) {
  register_module("query", query_.ptr());
  register_module("key", key_.ptr());
  register_module("value", value_.ptr());
  register_module("out", out_.ptr());
}

torch::Tensor SelfAttentionImpl::forward(const torch::Tensor& map) {
  const torch::Tensor queries = places_as_rows(query_.forward(map));
  const torch::Tensor keys = places_as_rows(torch::max_pool2d(key_.forward(map), 2));
  const torch::Tensor values = places_as_rows(torch::max_pool2d(value_.forward(map), 2));
  const torch::Tensor shares = torch::softmax(torch::bmm(queries, keys.transpose(1, 2)), 2);
  const torch::Tensor seen = torch::bmm(shares.to(values.scalar_type()), values)
                                 .view({map.size(0), map.size(2), map.size(3), values.size(2)})
                                 .permute({0, 3, 1, 2});
  const torch::Tensor answer = out_.forward(seen);
  return torch::addcmul(map, answer, gamma_.to(answer.scalar_type()).view({1, 1, 1, 1}));
}

}  // namespace gantrain
