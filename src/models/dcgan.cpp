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

const DcganOptions& options_of(const ModelConfig& config) {
  return std::any_cast<const DcganOptions&>(config.options);
}

bool tells_classes(const DcganOptions& options) {
  return options.classes > 0 && options.conditioning == DcganConditioning::kAuxiliary;
}

}  // namespace

std::unique_ptr<GanModel> build_dcgan(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  DcganGenerator generator(options);
  DcganDiscriminator discriminator(options);
  return build_latent_gan({.generator = generator.ptr(),
                           .discriminator = discriminator.ptr(),
                           .generate = generate_by(generator),
                           .judge = judge_by(discriminator),
                           .latent_dim = options.latent_dim,
                           .classes = options.classes,
                           .lambda_class = tells_classes(options) ? options.lambda_class : 0},
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
  const DcganGenerator network(std::dynamic_pointer_cast<DcganGeneratorImpl>(networks[kGenerator]));
  return build_latent_pictures(std::move(networks), generate_by(network),
                               options_of(config).latent_dim, options_of(config).classes);
}

BatchGeometry dcgan_geometry(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  return {.images = {options.image_channels, options.resolution, options.resolution},
          .classes = options.classes};
}

}  // namespace gantrain
