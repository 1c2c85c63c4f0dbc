#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gantrain {

// Filters by Pillow's names and definitions; support at scale 1 in brackets, in input pixels.
enum class ResizeFilter {
  kNearest,   // the input pixel under the output's centre; not antialiased
  kBox,       // average over the output pixel (0.5)
  kBilinear,  // triangle (1)
  kBicubic,   // Keys' cubic with a = -0.5 (2)
  kLanczos,   // windowed sinc (3)
};
const std::vector<std::pair<std::string, ResizeFilter>>& resize_filter_names();

// Resizing with antialiasing: each output pixel is the weighted average of the input under a
// filter that widens with the scale when the image shrinks. Two passes, first along rows. At 8
// bits in fixed point, rounded and clamped after each pass: exactly Pillow's Image.resize, and
// therefore torchvision's Resize on a PIL image. At 16 bits in float, rounded once at the end.
// Immutable, so threads may share one.
class Resizer {
 public:
  Resizer(int64_t from_width, int64_t from_height, int64_t to_width, int64_t to_height,
          int64_t channels, ResizeFilter filter = ResizeFilter::kBilinear);

  // in: from_height x from_width x channels, out: to_height x to_width x channels, interleaved.
  // `scratch` grows to what is needed once and is reused.
  void run(const uint8_t* in, uint8_t* out, std::vector<uint8_t>& scratch) const;
  void run(const uint16_t* in, uint16_t* out, std::vector<float>& scratch) const;

 private:
  // The weights of one direction: output i reads inputs first[i] .. first[i] + taps - 1 (fewer at
  // the edges: weight 0). taps is even; with one input the second tap reads what lies behind it.
  struct Axis {
    int64_t from = 0;
    int64_t to = 0;
    int64_t taps = 0;
    std::vector<int64_t> first;
    std::vector<float> weights;  // to * taps
    std::vector<int32_t> split;  // the same for 8 bits, see weigh_columns()
  };
  static Axis make_axis(int64_t from, int64_t to, ResizeFilter filter);
  void run_rows(const uint8_t* in, uint8_t* out, int64_t out_stride, uint8_t* columns) const;

  Axis horizontal_;
  Axis vertical_;
  int64_t channels_;
};

}  // namespace gantrain
