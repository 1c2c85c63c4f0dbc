#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <torch/torch.h>

#include "gantrain/losses/objective.h"
#include "gantrain/losses/penalty.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/nn/augment.h"

#include "models/adversary.h"

namespace gantrain {

// z [N, latent_dim] and, with classes, labels [N] int64 (else undefined) -> images [N, C, H, W].
using Generate = std::function<torch::Tensor(const torch::Tensor& z, const torch::Tensor& labels)>;

// The holders of networks as the functions of LatentGanParts.
template <class Network>
Generate generate_by(Network network) {
  return [network](const torch::Tensor& z, const torch::Tensor& labels) mutable {
    return network->forward(z, labels);
  };
}
template <class Network>
Adversary::Judge judge_by(Network network) {
  return [network](const Shown& shown) mutable { return network->forward(shown); };
}

// The networks of a GAN that makes images from noise.
struct LatentGanParts {
  std::shared_ptr<torch::nn::Module> generator;
  std::shared_ptr<torch::nn::Module> discriminator;
  Generate generate;
  Adversary::Judge judge;
  int64_t latent_dim = 0;
  int64_t classes = 0;      // 0: neither network is told any
  double lambda_class = 0;  // weight of the class terms, for a judge with class logits
};

// A model of them, kGenerator and kDiscriminator: the phases d (n_critic times), d_penalty (where
// penalties have an interval), g on the fakes of the last d. With classes D is told those of the
// reals; fakes are of classes that are drawn uniformly for each of them.
std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty,
                                           const AugmentOptions& augment = {});

// Pictures of networks[kGenerator], which `generate` runs, in eval mode.
std::unique_ptr<Generator> build_latent_pictures(NetworkMap networks, Generate generate,
                                                 int64_t latent_dim, int64_t classes);

}  // namespace gantrain
