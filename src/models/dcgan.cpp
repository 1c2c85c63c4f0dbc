#include "models/dcgan.h"

#include <any>
#include <utility>

#include "gantrain/models/dcgan_options.h"

#include "models/dcgan_networks.h"
#include "models/latent_gan.h"
#include "models/names.h"
#include "models/penalty_conflict.h"

namespace gantrain {
namespace {

class DcganPictures : public Generator {
 public:
  DcganPictures(int64_t latent_dim, NetworkMap networks)
      : latent_dim_(latent_dim), networks_(std::move(networks)) {}

  torch::Tensor run(const GeneratorInput& input) override {
    torch::NoGradGuard no_grad;
    auto& network = *networks_[kGenerator]->as<DcganGeneratorImpl>();
    const bool training = network.is_training();
    network.eval();
    torch::Tensor images = network.forward(input.z);
    network.train(training);
    return images.to(torch::kFloat);
  }

  int64_t latent_dim() const override { return latent_dim_; }

 private:
  int64_t latent_dim_;
  NetworkMap networks_;
};

const DcganOptions& options_of(const ModelConfig& config) {
  return std::any_cast<const DcganOptions&>(config.options);
}

}  // namespace

std::unique_ptr<GanModel> build_dcgan(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  DcganGenerator generator(options);
  DcganDiscriminator discriminator(options);
  return build_latent_gan(
      {.generator = generator.ptr(),
       .discriminator = discriminator.ptr(),
       .generate = [generator](const torch::Tensor& z) mutable { return generator->forward(z); },
       .judge = [discriminator](
                    const torch::Tensor& images) mutable { return discriminator->forward(images); },
       .latent_dim = options.latent_dim},
      config.objective, config.penalty, config.augment);
}

std::optional<ModelConflict> dcgan_conflict(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  return penalty_conflict(config.penalty,
                          options.discriminator_norm == DcganDiscriminatorNorm::kBatch,
                          "\"spectral\" or \"none\"", options.discriminator_dropout);
}

NetworkMap build_dcgan_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kGenerator, DcganGenerator(options_of(config)).ptr());
  return networks;
}

std::unique_ptr<Generator> build_dcgan_generator(const ModelConfig& config, NetworkMap networks) {
  return std::make_unique<DcganPictures>(options_of(config).latent_dim, std::move(networks));
}

BatchGeometry dcgan_geometry(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  return {.images = {options.image_channels, options.resolution, options.resolution}};
}

}  // namespace gantrain
