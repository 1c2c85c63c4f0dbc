#include "models/kept_input.h"

namespace gantrain {
namespace {

torch::Tensor luma_of(const torch::Tensor& pictures) {
  if (pictures.size(1) == 1) {
    return pictures;
  }
  return 0.299 * pictures.narrow(1, 0, 1) + 0.587 * pictures.narrow(1, 1, 1) +
         0.114 * pictures.narrow(1, 2, 1);
}

}  // namespace

torch::Tensor with_kept_input(const TranslationOptions& options, const torch::Tensor& inputs,
                              const torch::Tensor& pictures) {
  switch (options.keeps) {
    case KeptInput::kNothing:
      break;
    case KeptInput::kLuma:
      return pictures + (luma_of(inputs) - luma_of(pictures));
    case KeptInput::kKnownPixels: {
      const int64_t channels = pictures.size(1);
      const torch::Tensor hidden = (inputs.narrow(1, channels, 1) + 1) / 2;
      return torch::lerp(inputs.narrow(1, 0, channels), pictures, hidden);
    }
  }
  return pictures;
}

}  // namespace gantrain
