#include "data/input_deriver.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gantrain/core/error.h"
#include "gantrain/image/colour.h"

namespace gantrain {
namespace {

std::string size_and_channels(const ImageGeometry& geometry) {
  return std::to_string(geometry.width) + "x" + std::to_string(geometry.height) + " with " +
         std::to_string(geometry.channels) + (geometry.channels == 1 ? " channel" : " channels");
}

}  // namespace

InputDeriver::InputDeriver(const DerivedOptions& options, const BatchGeometry& geometry,
                           const std::string& where)
    : options_(options), geometry_(geometry) {
  const ImageGeometry& image = geometry.images;
  const ImageGeometry& input = geometry.inputs;
  const bool same_size = image.width == input.width && image.height == input.height;
  bool fits = false;
  std::string wanted;
  switch (options.input) {
    case DerivedInput::kLowResolution:
      fits = input.channels == image.channels && input.width <= image.width &&
             input.height <= image.height;
      wanted = "as many channels, not larger";
      resizer_.emplace(image.width, image.height, input.width, input.height, image.channels,
                       options.filter);
      break;
    case DerivedInput::kGrey:
      fits = same_size && (input.channels == 1 || input.channels == 3) && image.channels == 3;
      wanted = "the same size, 1 or 3 channels, of colour images";
      break;
    case DerivedInput::kMasked:
      fits =
          same_size && (input.channels == image.channels || input.channels == image.channels + 1);
      wanted = "the same size, as many channels, or one more for the mask";
      break;
  }
  if (!fits) {
    throw Error(ErrorKind::kConfig, where +
                                        ": data.input does not go with the model (got inputs of " +
                                        size_and_channels(input) + " for images of " +
                                        size_and_channels(image) + ", expected " + wanted + ").");
  }
}

template <typename T>
void InputDeriver::grey(const T* image, T* input, Scratch& scratch) const {
  const int64_t pixels = geometry_.images.width * geometry_.images.height;
  if (geometry_.inputs.channels == 1) {
    rgb_to_luma(image, pixels, input);
    return;
  }
  scratch.luma.resize(static_cast<size_t>(pixels) * sizeof(T));
  T* luma = reinterpret_cast<T*>(scratch.luma.data());
  rgb_to_luma(image, pixels, luma);
  repeat_to_rgb(luma, pixels, input);
}

template <typename T>
void InputDeriver::masked(const T* image, T* input, CounterRandom* random) const {
  constexpr T kFull = std::numeric_limits<T>::max();
  constexpr T kMiddle = static_cast<T>(kFull / 2 + 1);
  const int64_t width = geometry_.images.width;
  const int64_t height = geometry_.images.height;
  const auto hidden = [&](int64_t side) {
    const auto length = std::llround(options_.mask_share * static_cast<double>(side));
    return std::clamp<int64_t>(length, 1, side);
  };
  const int64_t mask_width = hidden(width);
  const int64_t mask_height = hidden(height);
  int64_t left = (width - mask_width) / 2;
  int64_t top = (height - mask_height) / 2;
  if (options_.mask == MaskPlace::kRandom && random != nullptr) {
    left = static_cast<int64_t>(random->below(static_cast<uint64_t>(width - mask_width + 1)));
    top = static_cast<int64_t>(random->below(static_cast<uint64_t>(height - mask_height + 1)));
  }
  const int64_t channels = geometry_.images.channels;
  const bool with_mask = geometry_.inputs.channels > channels;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x, image += channels) {
      const bool covered = x >= left && x < left + mask_width && y >= top && y < top + mask_height;
      for (int64_t c = 0; c < channels; ++c) {
        *input++ = covered ? kMiddle : image[c];
      }
      if (with_mask) {
        *input++ = covered ? kFull : T{0};
      }
    }
  }
}

void InputDeriver::run(const uint8_t* image, uint8_t* input, CounterRandom* random,
                       Scratch& scratch) const {
  const bool wide = options_.bits() == 16;
  const auto* image16 = reinterpret_cast<const uint16_t*>(image);
  auto* input16 = reinterpret_cast<uint16_t*>(input);
  switch (options_.input) {
    case DerivedInput::kLowResolution:
      wide ? resizer_->run(image16, input16, scratch.rows16)
           : resizer_->run(image, input, scratch.rows);
      break;
    case DerivedInput::kGrey:
      wide ? grey(image16, input16, scratch) : grey(image, input, scratch);
      break;
    case DerivedInput::kMasked:
      wide ? masked(image16, input16, random) : masked(image, input, random);
      break;
  }
}

}  // namespace gantrain
