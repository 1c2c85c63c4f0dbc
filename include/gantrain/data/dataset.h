#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace gantrain {

// What a data set must come out as; decided by the model.
struct ImageGeometry {
  int64_t channels = 3;
  int64_t height = 64;
  int64_t width = 64;
};

struct DatasetInfo {
  std::string
      description;  // one line for people: "MNIST-style IDX, 60,000 images 28x28 grey, 10 classes"
  int64_t count = 0;                     // images (pairs)
  int64_t classes = 0;                   // 0 = no labels
  std::vector<std::string> class_names;  // empty or one per class
  ImageGeometry geometry;                // of what gather() hands out
  std::string fingerprint;               // SHA-256 hex of the content; goes into checkpoints
  uint64_t bytes = 0;                    // of memory it takes
};

// Images by index, as bytes, already in the model's geometry. Thread-safe.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual const DatasetInfo& info() const = 0;

  // Fills `out` [n, C, H, W] uint8 (channels_last, allocated by the caller once) with images
  // indices[0..n).
  virtual void gather(const std::vector<int64_t>& indices, torch::Tensor& out) const = 0;

  // Fills `out` [n] int64 with the labels; only called when info().classes > 0.
  virtual void gather_labels(const std::vector<int64_t>& indices, torch::Tensor& out) const = 0;
};

}  // namespace gantrain
