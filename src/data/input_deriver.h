#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gantrain/data/dataset.h"
#include "gantrain/image/resize.h"

#include "data/counter_random.h"
#include "data/pair_dataset.h"

namespace gantrain {

// Makes the input of an image that has just been cropped and mirrored:
//   low_resolution  resized to the input's size with data.filter
//   grey            its luma, in one channel or three
//   masked          a rectangle of mask_share of each side in the middle of the range (128, 32768);
//                   with one channel more than the image, that channel is 0 and full under the mask
// Immutable, so threads may share one.
class InputDeriver {
 public:
  // Throws Error(kConfig), beginning with `where`, when the geometries do not go together.
  InputDeriver(const DerivedOptions& options, const BatchGeometry& geometry,
               const std::string& where);

  struct Scratch {
    std::vector<uint8_t> rows;
    std::vector<float> rows16;
    std::vector<uint8_t> luma;
  };
  // image and input: interleaved samples of 8 bits, or 16. random: of the draw; nullptr: no chance.
  void run(const uint8_t* image, uint8_t* input, CounterRandom* random, Scratch& scratch) const;

 private:
  template <typename T>
  void grey(const T* image, T* input, Scratch& scratch) const;
  template <typename T>
  void masked(const T* image, T* input, CounterRandom* random) const;

  DerivedOptions options_;
  BatchGeometry geometry_;
  std::optional<Resizer> resizer_;
};

}  // namespace gantrain
