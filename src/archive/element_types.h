#pragma once

#include <optional>

#include <torch/torch.h>

#include "gantrain/core/pickle_value.h"

namespace gantrain {

// The element types of files and those of LibTorch.
torch::ScalarType scalar_type(ElementType type);
std::optional<ElementType> element_type(
    torch::ScalarType type);  // nothing: not stored in our files

}  // namespace gantrain
