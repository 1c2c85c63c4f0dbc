#pragma once

#include <torch/torch.h>

#include "gantrain/models/dcgan_options.h"

namespace gantrain {

// z [N, latent_dim] -> images [N, C, H, W] in [-1, 1].
class DcganGeneratorImpl : public torch::nn::Module {
 public:
  explicit DcganGeneratorImpl(const DcganOptions& options);
  torch::Tensor forward(const torch::Tensor& z);

 private:
  bool takes_vectors_;  // else maps of 1x1
  torch::nn::Sequential main_;
};
TORCH_MODULE(DcganGenerator);

// images [N, C, H, W] -> logits [N].
class DcganDiscriminatorImpl : public torch::nn::Module {
 public:
  explicit DcganDiscriminatorImpl(const DcganOptions& options);
  torch::Tensor forward(const torch::Tensor& images);

 private:
  double gain_;
  torch::nn::Sequential main_;
};
TORCH_MODULE(DcganDiscriminator);

}  // namespace gantrain
