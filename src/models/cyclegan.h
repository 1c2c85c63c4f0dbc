#pragma once

#include <memory>
#include <optional>

#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// CycleGAN: inputs are domain A, images domain B. Networks "g_ab" and "g_ba", and "d_a" and "d_b",
// which judge the domain in their names. Losses have the names of the authors' program, where A
// stands for the way from A to B: G_A and D_A are those of g_ab and d_b. First both generators,
// then both discriminators on fakes from the pools. The registry's row calls these.
std::unique_ptr<GanModel> build_cyclegan(const ModelConfig& config);
NetworkMap build_cyclegan_generator_networks(const ModelConfig& config);
std::unique_ptr<Generator> build_cyclegan_generator(const ModelConfig& config, NetworkMap networks);
BatchGeometry cyclegan_geometry(const ModelConfig& config);
std::optional<ModelConflict> cyclegan_conflict(const ModelConfig& config);

}  // namespace gantrain
