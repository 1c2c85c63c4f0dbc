#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/image/image.h"

namespace gantrain {

// uint8 [C, H, W] of an image of 8 bits: what a batch holds of it.
inline torch::Tensor tensor_of(const Image& image) {
  return torch::from_blob(const_cast<uint8_t*>(image.pixels.data()),
                          {image.height, image.width, image.channels}, torch::kByte)
      .permute({2, 0, 1})
      .clone();
}

}  // namespace gantrain
