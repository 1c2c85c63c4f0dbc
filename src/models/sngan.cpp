#include "models/sngan.h"

#include <any>
#include <utility>

#include "gantrain/models/sngan_options.h"

#include "models/latent_gan.h"
#include "models/names.h"
#include "models/sngan_networks.h"

namespace gantrain {
namespace {

const SnganOptions& sngan_options_of(const ModelConfig& config) {
  const auto* sagan = std::any_cast<SaganOptions>(&config.options);
  return sagan != nullptr ? *sagan : std::any_cast<const SnganOptions&>(config.options);
}

}  // namespace

std::unique_ptr<GanModel> build_sngan(const ModelConfig& config) {
  const SnganOptions& options = sngan_options_of(config);
  SnganGenerator generator(options);
  SnganDiscriminator discriminator(options);
  return build_latent_gan({.generator = generator.ptr(),
                           .discriminator = discriminator.ptr(),
                           .generate = generate_by(generator),
                           .judge = judge_by(discriminator),
                           .latent_dim = options.latent_dim,
                           .classes = options.classes},
                          config.objective, config.penalty, config.augment);
}

NetworkMap build_sngan_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kGenerator, SnganGenerator(sngan_options_of(config)).ptr());
  return networks;
}

std::unique_ptr<Generator> build_sngan_generator(const ModelConfig& config, NetworkMap networks) {
  const SnganOptions& options = sngan_options_of(config);
  const SnganGenerator network(std::dynamic_pointer_cast<SnganGeneratorImpl>(networks[kGenerator]));
  return build_latent_pictures(std::move(networks), generate_by(network), options.latent_dim,
                               options.classes);
}

BatchGeometry sngan_geometry(const ModelConfig& config) {
  const SnganOptions& options = sngan_options_of(config);
  return {.images = {options.image_channels, options.resolution, options.resolution},
          .classes = options.classes};
}

std::optional<ModelConflict> sngan_conflict(const ModelConfig&) {
  return std::nullopt;  // the discriminator has neither batch norm nor dropout
}

}  // namespace gantrain
