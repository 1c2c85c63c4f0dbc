#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <torch/torch.h>

#include "gantrain/losses/objective.h"
#include "gantrain/losses/penalty.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/nn/augment.h"

namespace gantrain {

// The networks of a GAN that makes images from noise.
struct LatentGanParts {
  std::shared_ptr<torch::nn::Module> generator;
  std::shared_ptr<torch::nn::Module> discriminator;
  std::function<torch::Tensor(const torch::Tensor& z)> generate;    // [N, latent_dim] -> images
  std::function<torch::Tensor(const torch::Tensor& images)> judge;  // -> logits [N]
  int64_t latent_dim = 0;
};

// A model of them, kGenerator and kDiscriminator: the phases d (n_critic times), d_penalty (where
// penalties have an interval), g on the fakes of the last d.
std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty,
                                           const AugmentOptions& augment = {});

}  // namespace gantrain
