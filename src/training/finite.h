#pragma once

#include <string>

#include "gantrain/archive/value.h"

namespace gantrain {

// Whether a floating tensor holds a NaN or an infinity.
bool has_non_finite(const torch::Tensor& tensor);

// The first floating tensor with a NaN or an infinity among what training goes on from (networks,
// EMA, optimizers, the model's state), as a path of keys ("networks.generator.main.0.weight");
// empty when all are finite. Sums of reports do not count: a report may be infinite.
std::string first_non_finite(const Value& checkpoint);

}  // namespace gantrain
