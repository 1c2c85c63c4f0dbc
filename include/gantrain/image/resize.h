#pragma once

#include <cstdint>
#include <vector>

namespace gantrain {

// Bilinear resizing with antialiasing: each output pixel is the average of the input under a
// triangle that is as wide as an output pixel (at least one input pixel each side). 8-bit
// arithmetic in two passes, rounded after each, as Pillow's Image.resize with BILINEAR and
// therefore torchvision's Resize on a PIL image. Immutable, so threads may share one.
class Resizer {
 public:
  Resizer(int64_t from_width, int64_t from_height, int64_t to_width, int64_t to_height,
          int64_t channels);

  // in: from_height x from_width x channels, out: to_height x to_width x channels, interleaved.
  // `scratch` grows to what is needed once and is reused.
  void run(const uint8_t* in, uint8_t* out, std::vector<uint8_t>& scratch) const;

 private:
  // The weights of one direction: output i reads inputs first[i] .. first[i] + taps - 1 (fewer at
  // the edges: weight 0).
  struct Axis {
    int64_t from = 0;
    int64_t to = 0;
    int64_t taps = 0;
    std::vector<int64_t> first;
    std::vector<int32_t> weights;  // to * taps, fixed point
  };
  static Axis make_axis(int64_t from, int64_t to);

  Axis horizontal_;
  Axis vertical_;
  int64_t channels_;
};

}  // namespace gantrain
