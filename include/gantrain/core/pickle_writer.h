#pragma once

#include <string>

#include "gantrain/core/pickle_value.h"

namespace gantrain {

// The tree as a protocol-2 pickle that torch.load(weights_only=True) turns into plain dictionaries,
// lists and tensors. Checks what the reader checks (pickle_limits, no key twice, valid UTF-8), so
// that nothing is written that could not be read again; throws FormatError that names the place.
std::string write_pickle(const PickleTree& tree);

}  // namespace gantrain
