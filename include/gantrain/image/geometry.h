#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/image/image.h"
#include "gantrain/image/resize.h"

namespace gantrain {

// How an image of any size becomes one of the size that a model wants: it is resized, then a window
// of the wanted size is laid over it. Where the image is larger than the window, it is cropped;
// where it is smaller, it is padded. The random parts (where the window lies, whether it is
// mirrored) are numbers from the caller, so that both halves of a pair can share them, and so that
// a cache can hold the resized image and crop it anew each time.

enum class Fit {
  kNone,           // the image as it is
  kStretch,        // resized to the target; the aspect ratio changes
  kCrop,           // resized to cover the target (shorter side, as torchvision's Resize), then crop
  kPad,            // only made smaller if it does not fit, then padded
  kLetterbox,      // resized to fit inside the target, larger or smaller, then padded
  kScaleWidth,     // pix2pix's scale_width: to load_width, the aspect kept, at least the target's
                   // height; then crop
  kResizeAndCrop,  // pix2pix's resize_and_crop: stretched to load_width x load_height, then crop
};
const std::vector<std::pair<std::string, Fit>>& fit_names();  // "none", "stretch", "crop", ...

struct GeometryOptions {
  Fit fit = Fit::kStretch;
  int64_t width = 0;  // of the target; not used by kNone
  int64_t height = 0;
  int64_t load_width = 0;  // kScaleWidth, kResizeAndCrop: at least the target's
  int64_t load_height = 0;
  ResizeFilter filter = ResizeFilter::kBicubic;
  std::array<uint8_t, 3> padding = {0, 0, 0};  // RGB round the image; grey takes the first
};

// What happens to images of one size.
struct GeometryPlan {
  int64_t resized_width = 0;  // the image itself when equal to the source's size
  int64_t resized_height = 0;
  int64_t width = 0;  // of the result
  int64_t height = 0;

  // How many pixels stand out beyond the window (crop, > 0) or are missing (padding, < 0).
  int64_t spare_x() const { return resized_width - width; }
  int64_t spare_y() const { return resized_height - height; }
};
GeometryPlan plan_geometry(const GeometryOptions& options, int64_t source_width,
                           int64_t source_height);

// Where the window lies and whether the result is mirrored, left for right.
struct Placement {
  int64_t left = 0;  // of the window in the resized image; negative with padding
  int64_t top = 0;
  bool flip = false;
};
// In the middle; an odd spare pixel goes to the right and below.
Placement centre_placement(const GeometryPlan& plan, bool flip = false);
// x, y in [0, 1): a crop at each possible place with equal probability (pix2pix's randint); padding
// stays in the middle.
Placement random_placement(const GeometryPlan& plan, double x, double y, bool flip = false);

// Copies the window [top, top + height) x [left, left + width) out of an image of from_height x
// from_width pixels of pixel_bytes each; it must lie inside. in and out do not overlap.
void copy_window(const uint8_t* in, int64_t from_width, int64_t pixel_bytes,
                 const Placement& placement, int64_t width, int64_t height, uint8_t* out);

// Moves an image of height x width pixels of pixel_bytes each, in place, to the right and down (to
// the left and up when negative). What goes over an edge is gone; `background`, one pixel, comes
// in.
void shift_pixels(uint8_t* pixels, int64_t width, int64_t height, int64_t pixel_bytes,
                  int64_t right, int64_t down, const uint8_t* background);

// Does what a plan says. Keeps the weights and buffers of the last size; one for each thread.
class GeometryWorker {
 public:
  explicit GeometryWorker(const GeometryOptions& options);
  ~GeometryWorker();

  // Only the resizing of plan_geometry(): resized_width x resized_height; what a cache keeps.
  Image resize(const Image& image);
  // Everything, with the window in the middle.
  Image run(const Image& image);
  // Everything, with x and y in [0, 1) and flip as in random_placement.
  Image run(const Image& image, double x, double y, bool flip);

 private:
  struct State;
  Image place(Image resized, const GeometryPlan& plan, const Placement& placement) const;

  GeometryOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace gantrain
