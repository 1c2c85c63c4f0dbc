#pragma once

#include <memory>
#include <optional>

#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// SNGAN and SAGAN: latent_gans of the same residual networks. Both rows of the registry call these.
std::unique_ptr<GanModel> build_sngan(const ModelConfig& config);
NetworkMap build_sngan_generator_networks(const ModelConfig& config);
std::unique_ptr<Generator> build_sngan_generator(const ModelConfig& config, NetworkMap networks);
BatchGeometry sngan_geometry(const ModelConfig& config);
std::optional<ModelConflict> sngan_conflict(const ModelConfig& config);

}  // namespace gantrain
