#pragma once

#include <cstdint>
#include <memory>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// The worked example of docs/adding_a_gan.md: two dense layers on each side, for tiny images.
// [options]
struct ExampleGanOptions {
  int64_t resolution = 8;
  int64_t image_channels = 1;
  int64_t latent_dim = 8;
  int64_t hidden_width = 64;
};
const OptionTable& example_gan_options();
// [options]

// z [N, latent_dim] -> images [N, C, H, W] in [-1, 1].
class ExampleGeneratorImpl : public torch::nn::Module {
 public:
  explicit ExampleGeneratorImpl(const ExampleGanOptions& options);
  torch::Tensor forward(const torch::Tensor& z);

 private:
  torch::nn::Sequential main_;
};
TORCH_MODULE(ExampleGenerator);

// images [N, C, H, W] -> logits [N].
class ExampleDiscriminatorImpl : public torch::nn::Module {
 public:
  explicit ExampleDiscriminatorImpl(const ExampleGanOptions& options);
  torch::Tensor forward(const torch::Tensor& images);

 private:
  torch::nn::Sequential main_;
};
TORCH_MODULE(ExampleDiscriminator);

// What a row of the registry names.
std::unique_ptr<GanModel> build_example_gan(const ModelConfig& config);
NetworkMap build_example_gan_generator_networks(const ModelConfig& config);
std::unique_ptr<Generator> build_example_gan_generator(const ModelConfig& config,
                                                       NetworkMap networks);
BatchGeometry example_gan_geometry(const ModelConfig& config);

}  // namespace gantrain
