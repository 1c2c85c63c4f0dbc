#include "data/image_fit.h"

#include <algorithm>
#include <cstring>

#include "gantrain/core/error.h"
#include "gantrain/image/colour.h"

namespace gantrain {
namespace {

std::string size_text(const ImageGeometry& geometry) {
  return std::to_string(geometry.width) + "x" + std::to_string(geometry.height);
}

int64_t pixels_of(const ImageGeometry& geometry) {
  return geometry.height * geometry.width;
}

bool same_size(const ImageGeometry& a, const ImageGeometry& b) {
  return a.height == b.height && a.width == b.width;
}

}  // namespace

const std::vector<std::pair<std::string, ImageFit>>& image_fit_names() {
  static const std::vector<std::pair<std::string, ImageFit>> names = {{"resize", ImageFit::kResize},
                                                                      {"pad", ImageFit::kPad}};
  return names;
}

ImageFitter::ImageFitter(const ImageGeometry& from, const ImageGeometry& to, ImageFit fit,
                         const std::string& where)
    : from_(from), to_(to), fit_(fit), channels_(std::min(from.channels, to.channels)) {
  TORCH_CHECK((from.channels == 1 || from.channels == 3) && (to.channels == 1 || to.channels == 3),
              "ImageFitter: images have 1 or 3 channels");
  if (fit == ImageFit::kPad && (to.height < from.height || to.width < from.width)) {
    throw Error(ErrorKind::kConfig, where + ": data.fit: \"pad\" cannot make the images (" +
                                        size_text(from) + ") smaller, and the model's are " +
                                        size_text(to) + "; use \"resize\".");
  }
  if (fit == ImageFit::kResize && !same_size(from, to)) {
    resizer_.emplace(from.width, from.height, to.width, to.height, channels_);
  }
}

void ImageFitter::pad(const uint8_t* in, uint8_t* out) const {
  const int64_t row_bytes = from_.width * channels_;
  const int64_t top = (to_.height - from_.height) / 2;
  const int64_t left = (to_.width - from_.width) / 2;
  std::memset(out, 0, pixels_of(to_) * channels_);
  for (int64_t y = 0; y < from_.height; ++y) {
    std::memcpy(out + ((top + y) * to_.width + left) * channels_, in + y * row_bytes, row_bytes);
  }
}

void ImageFitter::run(const uint8_t* in, uint8_t* out, Scratch& scratch) const {
  if (from_.channels > channels_) {
    scratch.grey.resize(pixels_of(from_));
    rgb_to_luma(in, pixels_of(from_), scratch.grey.data());
    in = scratch.grey.data();
  }
  const bool repeat = to_.channels > channels_;
  if (same_size(from_, to_)) {
    if (repeat) {
      repeat_to_rgb(in, pixels_of(to_), out);
    } else {
      std::memcpy(out, in, pixels_of(to_) * channels_);
    }
    return;
  }
  uint8_t* fitted = out;
  if (repeat) {
    scratch.fitted.resize(pixels_of(to_));
    fitted = scratch.fitted.data();
  }
  if (resizer_) {
    resizer_->run(in, fitted, scratch.rows);
  } else {
    pad(in, fitted);
  }
  if (repeat) {
    repeat_to_rgb(fitted, pixels_of(to_), out);
  }
}

std::string ImageFitter::description() const {
  std::string text;
  if (!same_size(from_, to_)) {
    text = (fit_ == ImageFit::kResize ? ", resized to " : ", padded to ") + size_text(to_);
  }
  if (from_.channels != to_.channels) {
    text += to_.channels == 3 ? ", grey repeated to RGB" : ", RGB turned to grey";
  }
  return text;
}

}  // namespace gantrain
