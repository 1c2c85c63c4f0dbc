#pragma once

#include <vector>

#include <torch/torch.h>

#include "gantrain/models/sngan_options.h"
#include "gantrain/nn/conditional_batch_norm.h"
#include "gantrain/nn/minibatch_stddev.h"
#include "gantrain/nn/residual_blocks.h"
#include "gantrain/nn/self_attention.h"
#include "gantrain/nn/spectral_norm.h"

#include "models/judgement.h"
#include "models/sngan_layout.h"

namespace gantrain {

// z [N, latent_dim], with classes labels [N] int64 -> images [N, C, H, W] in [-1, 1]. Layers:
// "stem", "blocks", "attention", "norm", "last".
class SnganGeneratorImpl : public torch::nn::Module {
 public:
  explicit SnganGeneratorImpl(const SnganOptions& options);
  torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& labels);

 private:
  SnganLayout layout_;
  torch::nn::AnyModule stem_;
  std::vector<UpBlock> blocks_;
  SelfAttention attention_ = nullptr;
  ConditionalBatchNorm2d norm_ = nullptr;
  torch::nn::AnyModule last_;
};
TORCH_MODULE(SnganGenerator);

// images [N, C, H, W], with classes their labels -> logits [N]. Layers: "blocks", "attention",
// "minibatch_stddev" (no tensors), "dense", "embedding".
class SnganDiscriminatorImpl : public torch::nn::Module {
 public:
  explicit SnganDiscriminatorImpl(const SnganOptions& options);
  Judgement forward(const Shown& shown);

 private:
  SnganLayout layout_;
  std::vector<DownBlock> blocks_;
  SelfAttention attention_ = nullptr;
  MinibatchStddev minibatch_stddev_ = nullptr;
  torch::nn::AnyModule dense_;
  SpectralEmbedding embedding_ = nullptr;
};
TORCH_MODULE(SnganDiscriminator);

}  // namespace gantrain
