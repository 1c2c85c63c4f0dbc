#include "gantrain/models/registry.h"

#include <utility>

#include "gantrain/models/dcgan_options.h"

#include "models/dcgan.h"

namespace gantrain {
namespace {

struct Row {
  std::string name;
  const OptionTable* table;
  std::unique_ptr<GanModel> (*build)(const ModelConfig&);
  NetworkMap (*build_generator_networks)(const ModelConfig&);
  std::unique_ptr<Generator> (*build_generator)(const ModelConfig&, NetworkMap);
  ImageGeometry (*geometry)(const ModelConfig&);
  std::optional<ModelConflict> (*conflict)(const ModelConfig&);
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"dcgan", &dcgan_options(), build_dcgan, build_dcgan_generator_networks,
       build_dcgan_generator, dcgan_geometry, dcgan_conflict},
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

ImageGeometry image_geometry(const ModelConfig& config) {
  return row(config.type).geometry(config);
}

}  // namespace gantrain
