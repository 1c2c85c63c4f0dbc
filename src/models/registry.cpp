#include "gantrain/models/registry.h"

#include <utility>

#include "gantrain/models/dcgan_options.h"
#include "gantrain/models/sngan_options.h"
#include "gantrain/models/translation_options.h"

#include "models/augmenter.h"
#include "models/cyclegan.h"
#include "models/dcgan.h"
#include "models/pix2pix.h"
#include "models/sngan.h"

namespace gantrain {
namespace {

struct Row {
  std::string name;
  const OptionTable* table;
  std::unique_ptr<GanModel> (*build)(const ModelConfig&);
  NetworkMap (*build_generator_networks)(const ModelConfig&);
  std::unique_ptr<Generator> (*build_generator)(const ModelConfig&, NetworkMap);
  BatchGeometry (*geometry)(const ModelConfig&);
  std::optional<ModelConflict> (*conflict)(const ModelConfig&);
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"dcgan", &dcgan_options(), build_dcgan, build_dcgan_generator_networks,
       build_dcgan_generator, dcgan_geometry, dcgan_conflict},
      {"sngan", &sngan_options(), build_sngan, build_sngan_generator_networks,
       build_sngan_generator, sngan_geometry, sngan_conflict},
      {"sagan", &sagan_options(), build_sngan, build_sngan_generator_networks,
       build_sngan_generator, sngan_geometry, sngan_conflict},
      {"pix2pix", &pix2pix_options(), build_pix2pix, build_pix2pix_generator_networks,
       build_pix2pix_generator, pix2pix_geometry, pix2pix_conflict},
      {"cyclegan", &cyclegan_options(), build_cyclegan, build_cyclegan_generator_networks,
       build_cyclegan_generator, cyclegan_geometry, cyclegan_conflict},
  };
  return table;
}

const Row& row(const std::string& type) {
  for (const Row& candidate : rows()) {
    if (candidate.name == type) {
      return candidate;
    }
  }
  TORCH_CHECK(false, "no model \"", type, "\" in the registry");
}

}  // namespace

const std::vector<SectionVariant>& model_variants() {
  static const std::vector<SectionVariant> variants = [] {
    std::vector<SectionVariant> list;
    for (const Row& each : rows()) {
      list.push_back({each.name, each.table});
    }
    return list;
  }();
  return variants;
}

std::optional<ModelConflict> model_conflict(const ModelConfig& config) {
  if (auto found = augment_conflict(config, batch_geometry(config))) {
    return found;
  }
  return row(config.type).conflict(config);
}

std::unique_ptr<GanModel> build_model(const ModelConfig& config) {
  return row(config.type).build(config);
}

NetworkMap build_generator_networks(const ModelConfig& config) {
  return row(config.type).build_generator_networks(config);
}

std::unique_ptr<Generator> build_generator(const ModelConfig& config, NetworkMap networks) {
  return row(config.type).build_generator(config, std::move(networks));
}

BatchGeometry batch_geometry(const ModelConfig& config) {
  return row(config.type).geometry(config);
}

ImageGeometry image_geometry(const ModelConfig& config) {
  return batch_geometry(config).images;
}

bool has_unet(const ModelConfig& config) {
  const TranslationOptions* options = std::any_cast<Pix2pixOptions>(&config.options);
  if (options == nullptr) {
    options = std::any_cast<CycleganOptions>(&config.options);
  }
  return options != nullptr && options->generator == TranslationGenerator::kUnet;
}

}  // namespace gantrain
