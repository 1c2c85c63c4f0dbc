#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <torch/torch.h>

#include "gantrain/image/image.h"
#include "gantrain/image/scatter.h"
#include "gantrain/models/gan_model.h"

namespace gantrain {

// Images [N, C, H, W] in [-1, 1] as pictures of 8 or 16 bits: round(clamp(x * 127.5 + 127.5, 0,
// 255)), or the same with 32767.5; 1, 3 or 4 channels (2 channels show the first).
std::vector<Image> to_images(const torch::Tensor& images, int bits = 8);

// Images in one picture, row by row of `columns` (0: as near to a square as can be); points
// (kPointGeometry) as dots.
Image shown_together(const torch::Tensor& images, int bits = 8, int64_t columns = 0);
// Adds points [N, 2, 1, 1].
void add_points(ScatterCanvas& canvas, const torch::Tensor& points);
bool are_points(const torch::Tensor& images);

inline constexpr int64_t kAnyClass = -1;

// One picture to make: the latent is a function of (seed, index) only, and so is the class where it
// is left open.
struct PictureKey {
  uint64_t seed = 0;
  int64_t index = 0;
  int64_t label = kAnyClass;
};

// Latents of the keys, [N, latent_dim] float32 on the CPU; row i depends on keys[i] alone.
// truncation > 0: numbers outside [-truncation, truncation] are drawn again until none is left,
// from the same key (the truncation trick, arXiv:1809.11096); those inside stay what they are
// without.
torch::Tensor latents_of(const std::vector<PictureKey>& keys, int64_t latent_dim,
                         double truncation = 0);

// Their classes, [N] int64 on the CPU; undefined with classes 0.
torch::Tensor labels_of(const std::vector<PictureKey>& keys, int64_t classes);

// The same latents for every class, a row of them each: keys of class 0, then of class 1, ...
std::vector<PictureKey> in_every_class(const std::vector<PictureKey>& keys, int64_t classes);

inline constexpr int64_t kPictureBatch = 32;

// Runs the generator over z [N, latent_dim] (labels [N] or undefined) in batches of one fixed size,
// the last one padded, and hands each batch's images [n, C, H, W] (CPU, float32) to `take` in
// order. So a picture does not depend on how many are asked for, and memory is bounded.
void generate(Generator& generator, const torch::Tensor& z, const torch::Tensor& labels,
              torch::Device device,
              const std::function<void(int64_t start, const torch::Tensor& images)>& take);

}  // namespace gantrain
