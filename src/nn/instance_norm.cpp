#include "gantrain/nn/instance_norm.h"

namespace gantrain {
namespace {

constexpr double kEps = 1e-5;      // of torch.nn.InstanceNorm2d
constexpr double kNoMomentum = 0;  // there are no running statistics

}  // namespace

torch::Tensor instance_norm(const torch::Tensor& input, const torch::Tensor& weight,
                            const torch::Tensor& bias, double eps) {
  const bool cudnn = at::globalContext().userEnabledCuDNN();
  if (input.size(0) == 1) {  // then the statistics of the batch are those of the picture
    return torch::batch_norm(input, weight, bias, {}, {}, /*training=*/true, kNoMomentum, eps,
                             cudnn);
  }
  return torch::instance_norm(input, weight, bias, {}, {}, /*use_input_stats=*/true, kNoMomentum,
                              eps, cudnn);
}

torch::Tensor InstanceNorm2dImpl::forward(const torch::Tensor& input) {
  return instance_norm(input, {}, {}, kEps);
}

}  // namespace gantrain
