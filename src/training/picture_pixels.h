#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <torch/torch.h>

#include "gantrain/core/folder_handle.h"
#include "gantrain/image/image.h"

namespace gantrain {

// What a network asks of pixels.
struct PixelFormat {
  int64_t channels = 3;
  int bits = 8;
  std::array<uint8_t, 3> background = {255, 255, 255};  // behind what is transparent
  bool greyed = false;       // colours are turned to grey first, in however many channels
  bool fills_holes = false;  // what is transparent is to be filled, and becomes medium grey; with
                             // an even channel count the last one is full there and else 0
};

// A picture, decoded.
struct LoadedPicture {
  Image colours;  // in the network's channels and bits, without transparency
  Image alpha;    // one channel of the same bits; no pixels where the file has none, or fills_holes
};

// Throws FormatError (a clause): the file cannot be read, is no sound picture, or has no hole to
// fill where the network needs to know it.
LoadedPicture load_picture(const FolderHandle& folder, const std::string& name,
                           const PixelFormat& format);

// Both halves of pictures side by side. Throws FormatError for an odd width.
LoadedPicture half_of(const LoadedPicture& picture, bool right);

// [1, C, H, W] in [-1, 1].
torch::Tensor to_tensor(const Image& image);

// The image with an alpha channel of its own size, made of `alpha`; other sizes are resized.
Image with_alpha(const Image& image, const Image& alpha);

// Of another size and channel count (1 or 3), for a grid.
Image made_alike(Image image, int64_t width, int64_t height, int64_t channels);

}  // namespace gantrain
