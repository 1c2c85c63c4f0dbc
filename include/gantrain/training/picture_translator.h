#pragma once

#include <cstdint>
#include <functional>

#include <torch/torch.h>

#include "gantrain/image/tile_plan.h"
#include "gantrain/models/gan_model.h"

namespace gantrain {

// One pass of a network: [N, C, H, W] -> [N, C', H * scale, W * scale], both in [-1, 1].
using PictureFunction = std::function<torch::Tensor(const torch::Tensor&)>;

struct TranslatorLimits {
  int64_t tile = 0;           // side of the tiles; 0 = whole pictures where memory allows, else the
                              // largest tiles for which it does
  int64_t batch = 1;          // most pictures, or tiles, of one pass
  uint64_t memory_bytes = 0;  // what the tensors of a pass may take, estimated; 0 = no limit
};

// How one size of pictures is translated.
struct TranslationPlan {
  int64_t padded_height = 0;
  int64_t padded_width = 0;
  TileAxis rows, columns;
  int64_t batch = 1;

  bool tiled() const { return rows.starts.size() * columns.starts.size() > 1; }
};

// Translates pictures of any size: mirrored at their edges up to what the network asks for, equally
// on both sides, and cropped again afterwards; large ones in overlapping tiles. Where nothing but
// the neighbourhood matters to the network, the tiles' margins are its radius, so tiles give what
// the whole picture would; where norms run over the picture, or no such tile fits into the memory,
// they share at least the radius and fade over half of that.
class PictureTranslator {
 public:
  PictureTranslator(const PictureTask& task, PictureFunction network,
                    const TranslatorLimits& limits, torch::Device device);

  TranslationPlan plan(int64_t height, int64_t width) const;

  // pictures: [N, C, H, W] on the host, in [-1, 1]. Returns [N, C', H * scale, W * scale], float32
  // on the host.
  torch::Tensor run(const torch::Tensor& pictures) const;

  // What a pass takes for each pixel of its input, found by a pass over a small picture.
  double bytes_per_pixel() const { return bytes_per_pixel_; }

 private:
  struct Tiles {
    int64_t side = 0;
    TileOverlap overlap;
  };
  Tiles tiles() const;
  torch::Tensor padded(const torch::Tensor& pictures, const TranslationPlan& plan) const;
  torch::Tensor run_whole(const torch::Tensor& pictures, int64_t batch) const;
  torch::Tensor run_tiles(const torch::Tensor& picture, const TranslationPlan& plan) const;

  PictureTask task_;
  PictureFunction network_;
  TranslatorLimits limits_;
  torch::Device device_;
  double bytes_per_pixel_ = 0;
};

}  // namespace gantrain
