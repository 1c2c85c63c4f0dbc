#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/data/dataset.h"
#include "gantrain/image/resize.h"

namespace gantrain {

// How images of one size come out at another.
enum class ImageFit {
  kResize,  // bilinear, antialiased; the aspect ratio follows the target
  kPad,     // black around the image, which stands in the middle
};
const std::vector<std::pair<std::string, ImageFit>>& image_fit_names();
inline constexpr char kImageFitHelp[] =
    "How images of another size than the model's are made to fit: resized (bilinear, antialiased) "
    "or "
    "padded with black.";

// Turns one interleaved image into the model's geometry. Grey becomes RGB by repetition; RGB
// becomes luma (ITU-R 601, as Pillow's "L") before any resizing. Immutable, so threads may share
// one.
class ImageFitter {
 public:
  // Throws Error(kConfig), beginning with `where`, when the images are too large to be padded.
  ImageFitter(const ImageGeometry& from, const ImageGeometry& to, ImageFit fit,
              const std::string& where);

  // What run() works in; one for each thread.
  struct Scratch {
    std::vector<uint8_t> grey;
    std::vector<uint8_t> fitted;
    std::vector<uint8_t> rows;
  };

  // in: from.height x from.width x from.channels; out: to.height x to.width x to.channels.
  void run(const uint8_t* in, uint8_t* out, Scratch& scratch) const;

  // "", or what happens to the images, for the data set's description: ", resized to 64x64, grey
  // repeated to RGB".
  std::string description() const;

 private:
  void pad(const uint8_t* in, uint8_t* out) const;

  ImageGeometry from_;
  ImageGeometry to_;
  ImageFit fit_;
  int64_t channels_;  // while fitting: the smaller of both
  std::optional<Resizer> resizer_;
};

}  // namespace gantrain
