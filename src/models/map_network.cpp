#include "models/map_network.h"

#include "models/patch_discriminator.h"
#include "models/residual_generator.h"
#include "models/resnet_generator.h"
#include "models/unet_generator.h"

namespace gantrain {
namespace {

MapNetworkPtr plain_translator(const TranslationOptions& options, int64_t from, int64_t to) {
  switch (options.generator) {
    case TranslationGenerator::kUnet:
      return std::make_shared<UnetGenerator>(options, from, to);
    case TranslationGenerator::kResnet:
      return std::make_shared<ResnetGenerator>(options, from, to);
    case TranslationGenerator::kResidual:
      break;
  }
  return std::make_shared<ResidualGenerator>(options, from);
}

}  // namespace

MapNetworkPtr build_translator(const TranslationOptions& options, int64_t from, int64_t to) {
  MapNetworkPtr network = plain_translator(options, from, to);
  init_weights(*network, options.init, options.init_gain);
  return network;
}

MapNetworkPtr build_judge(const TranslationOptions& options, int64_t channels) {
  MapNetworkPtr network;
  if (options.discriminator == TranslationDiscriminator::kPixel) {
    network = std::make_shared<PixelDiscriminator>(options, channels);
  } else {
    network = std::make_shared<PatchDiscriminator>(options, channels);
  }
  init_weights(*network, options.init, options.init_gain);
  return network;
}

}  // namespace gantrain
