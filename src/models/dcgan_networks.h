#pragma once

#include <torch/torch.h>

#include "gantrain/models/dcgan_options.h"
#include "gantrain/nn/spectral_norm.h"

#include "models/judgement.h"

namespace gantrain {

// z [N, latent_dim], with classes labels [N] int64 -> images [N, C, H, W] in [-1, 1].
class DcganGeneratorImpl : public torch::nn::Module {
 public:
  explicit DcganGeneratorImpl(const DcganOptions& options);
  torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& labels = {});

 private:
  bool takes_vectors_;  // else maps of 1x1
  torch::nn::Sequential main_;
  torch::nn::Embedding embedding_ = nullptr;
};
TORCH_MODULE(DcganGenerator);

// images [N, C, H, W], where it is told their labels -> logits [N], where it tells classes
// [N, classes].
class DcganDiscriminatorImpl : public torch::nn::Module {
 public:
  explicit DcganDiscriminatorImpl(const DcganOptions& options);
  Judgement forward(const Shown& shown);

 private:
  void add_condition(const DcganOptions& options, int64_t features, int64_t map_values);

  double gain_;
  torch::nn::Sequential main_;
  size_t head_at_ = 0;  // its place in main
  torch::nn::Embedding plane_ = nullptr;
  SpectralEmbedding embedding_ = nullptr;
  torch::nn::AnyModule class_head_;
};
TORCH_MODULE(DcganDiscriminator);

}  // namespace gantrain
