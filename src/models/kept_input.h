#pragma once

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

namespace gantrain {

// Lays what `options.keeps` names of the inputs [N, C_in, H, W] over made pictures [N, C, H, W],
// both in [-1, 1]; the gradient goes through what is left of the pictures.
//   kNothing      the pictures themselves
//   kLuma         x + Y(input) - Y(x) in all channels, Y = 0.299 R + 0.587 G + 0.114 B or the grey
//                 value: brightness is given, colour differences are made; may leave [-1, 1]
//   kKnownPixels  the input where its last channel, the mask, is -1, x where it is 1
torch::Tensor with_kept_input(const TranslationOptions& options, const torch::Tensor& inputs,
                              const torch::Tensor& pictures);

}  // namespace gantrain
