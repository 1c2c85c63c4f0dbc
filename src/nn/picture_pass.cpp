#include "gantrain/nn/picture_pass.h"

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/instance_norm.h"

namespace gantrain {

torch::Tensor PictureBatchNorm2dImpl::forward(const torch::Tensor& input) {
  return own_statistics_ ? instance_norm(input, weight, bias, options.eps())
                         : torch::nn::BatchNorm2dImpl::forward(input);
}

PicturePass::PicturePass(torch::nn::Module& network, bool own_statistics)
    : network_(network), training_(network.is_training()), own_statistics_(own_statistics) {
  network_.eval();
  if (own_statistics_) {
    switch_layers(true);
  }
}

PicturePass::~PicturePass() {
  if (own_statistics_) {
    switch_layers(false);
  }
  network_.train(training_);
}

void PicturePass::switch_layers(bool own_statistics) {
  for (const auto& layer : network_.modules(/*include_self=*/false)) {
    if (auto* norm = layer->as<PictureBatchNorm2dImpl>()) {
      norm->use_own_statistics(own_statistics);
    } else if (auto* dropout = layer->as<DropoutImpl>()) {
      dropout->drop_in_eval(own_statistics);
    }
  }
}

}  // namespace gantrain
