#pragma once

#include <memory>
#include <optional>

#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// DCGAN: a latent_gan of the DCGAN family's networks. The registry's row calls these.
std::unique_ptr<GanModel> build_dcgan(const ModelConfig& config);
NetworkMap build_dcgan_generator_networks(const ModelConfig& config);
std::unique_ptr<Generator> build_dcgan_generator(const ModelConfig& config, NetworkMap networks);
BatchGeometry dcgan_geometry(const ModelConfig& config);
std::optional<ModelConflict> dcgan_conflict(const ModelConfig& config);

}  // namespace gantrain
