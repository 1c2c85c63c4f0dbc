#include "gantrain/nn/conditional_batch_norm.h"

namespace gantrain {
namespace {

torch::nn::Embedding filled_embedding(int64_t classes, int64_t channels, double value) {
  torch::nn::Embedding rows(classes, channels);
  torch::nn::init::constant_(rows->weight, value);
  return rows;
}

// [N, C, 1, 1] in the map's precision: float rows would turn a bf16 map into a float one.
torch::Tensor rows_for(torch::nn::Embedding& rows, const torch::Tensor& labels,
                       const torch::Tensor& map) {
  return rows->forward(labels).to(map.scalar_type()).unsqueeze(2).unsqueeze(3);
}

}  // namespace

ConditionalBatchNorm2dImpl::ConditionalBatchNorm2dImpl(int64_t channels, int64_t classes)
    : torch::nn::BatchNorm2dImpl(torch::nn::BatchNorm2dOptions(channels).affine(classes == 0)) {
  if (classes > 0) {
    gain_ = register_module("gain", filled_embedding(classes, channels, 1));
    offset_ = register_module("offset", filled_embedding(classes, channels, 0));
  }
}

torch::Tensor ConditionalBatchNorm2dImpl::forward(const torch::Tensor& map,
                                                  const torch::Tensor& labels) {
  const torch::Tensor normal = torch::nn::BatchNorm2dImpl::forward(map);
  return gain_.is_empty() ? normal
                          : torch::addcmul(rows_for(offset_, labels, normal), normal,
                                           rows_for(gain_, labels, normal));
}

}  // namespace gantrain
