#include "archive/element_types.h"

#include <array>

namespace gantrain {
namespace {

// In the order of ElementType.
constexpr std::array<torch::ScalarType, 10> kTypes = {
    torch::kBool,  torch::kUInt8,   torch::kInt8,     torch::kInt16,   torch::kInt32,
    torch::kInt64, torch::kFloat16, torch::kBFloat16, torch::kFloat32, torch::kFloat64};

}  // namespace

torch::ScalarType scalar_type(ElementType type) {
  return kTypes[static_cast<size_t>(type)];
}

std::optional<ElementType> element_type(torch::ScalarType type) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == type) {
      return static_cast<ElementType>(i);
    }
  }
  return std::nullopt;
}

}  // namespace gantrain
