#pragma once

#include <memory>
#include <optional>

#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// pix2pix: D on the detached fakes and the images, each beside its input; then G against D, and
// towards the images. The registry's row calls these.
std::unique_ptr<GanModel> build_pix2pix(const ModelConfig& config);
NetworkMap build_pix2pix_generator_networks(const ModelConfig& config);
std::unique_ptr<Generator> build_pix2pix_generator(const ModelConfig& config, NetworkMap networks);
BatchGeometry pix2pix_geometry(const ModelConfig& config);
std::optional<ModelConflict> pix2pix_conflict(const ModelConfig& config);

}  // namespace gantrain
