#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/batch.h"

namespace gantrain {

// What a data set must come out as; decided by the model.
struct ImageGeometry {
  int64_t channels = 3;
  int64_t height = 64;
  int64_t width = 64;
  bool operator==(const ImageGeometry&) const = default;
  int64_t values() const { return channels * height * width; }
};

// What a point of the plane comes as: its coordinates are the channels of a single pixel.
inline constexpr ImageGeometry kPointGeometry = {2, 1, 1};

struct BatchGeometry {
  ImageGeometry images;
  ImageGeometry inputs = {0, 0, 0};  // channels 0: the model is given none
  bool pairs = false;                // whether it learns that this input becomes that image
  int64_t classes = 0;               // it is told each image's, one of these; 0: it is not
  bool has_inputs() const { return inputs.channels > 0; }
};

struct DatasetInfo {
  std::string
      description;  // one line for people: "MNIST-style IDX, 60,000 images 28x28 grey, 10 classes"
  int64_t count = 0;                         // images (pairs) of one epoch
  int64_t classes = 0;                       // 0 = no labels
  std::vector<std::string> class_names;      // empty or one per class
  ImageGeometry geometry;                    // of the images that gather() hands out
  ImageGeometry input_geometry = {0, 0, 0};  // of its inputs; channels 0 = none
  ImageGeometry stored = {0, 0, 0};  // as the files have them; channels 0 = of several sizes, or
                                     // made to measure
  int bits = 8;                      // of a sample, 8 or 16
  // Unpaired sets: how many images and inputs there are; each side has an order of its own, and
  // `count` is the larger number. 0 = image i and input i belong together.
  int64_t unpaired_images = 0;
  int64_t unpaired_inputs = 0;
  std::string fingerprint;  // SHA-256 hex of the content; goes into checkpoints
  uint64_t bytes = 0;       // of memory it takes

  bool has_inputs() const { return input_geometry.channels > 0; }
};

// One place of a batch: which image, which input (the same number unless the set is unpaired), and
// the key of its random crop, flip, shift and mask. Key 0: the crop in the middle, not mirrored.
struct Draw {
  int64_t image = 0;
  int64_t input = 0;
  uint64_t key = 0;
};

// Images by index, as bytes, already in the model's geometry. Thread-safe.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual const DatasetInfo& info() const = 0;

  // Fills every tensor of `out`, which make_host_batch() made for as many places as there are
  // draws. What comes out is a function of the draw alone.
  virtual void gather(const std::vector<Draw>& draws, HostBatch& out) const = 0;
};

// Tensors for `size` places: images [n, C, H, W] and inputs (channels_last, uint8 or uint16),
// labels [n] int64; inputs and labels only where the set has them.
HostBatch make_host_batch(const DatasetInfo& info, int64_t size, bool pinned = false);

// `count` images (and inputs) of the set as they are, in an order that depends on the seed: for
// grids of real images. count is at most info().count.
HostBatch some_of(const Dataset& dataset, int64_t count, uint64_t seed);

}  // namespace gantrain
