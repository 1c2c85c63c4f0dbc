#pragma once

#include <optional>
#include <string>

#include "gantrain/losses/penalty.h"
#include "gantrain/models/registry.h"

namespace gantrain {

// A penalty on D's gradient at each image beside a D that does not judge each image by itself.
// batch_norm: whether D has one; instead: the values of model.discriminator_norm without it.
std::optional<ModelConflict> penalty_conflict(const PenaltyOptions& penalty, bool batch_norm,
                                              const std::string& instead, double dropout);

}  // namespace gantrain
