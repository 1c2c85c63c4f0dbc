#pragma once

#include <optional>
#include <string>

#include "gantrain/models/gan_model.h"
#include "gantrain/models/registry.h"
#include "gantrain/models/translation_options.h"

namespace gantrain {

// How a translating model's generators are run. `there` turns inputs into images, `back` (empty:
// there is none) images into inputs; both are names in `networks`, whose modules are MapNetworks.
// With networks trained one picture at a time (images_at_once 1) batch norms take each picture's
// own statistics and dropout goes on, as the authors' test program does; else eval mode.
std::unique_ptr<Generator> build_translation_pictures(const TranslationOptions& options,
                                                      int64_t images_at_once,
                                                      const std::string& there,
                                                      const std::string& back, NetworkMap networks);

// Penalties that look at each image by itself beside a discriminator that does not.
std::optional<ModelConflict> translation_conflict(const TranslationOptions& options,
                                                  const ModelConfig& config);

BatchGeometry translation_geometry(const TranslationOptions& options);

}  // namespace gantrain
