#include "gantrain/image/colour.h"

#include <algorithm>
#include <utility>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

template <typename Sample>
constexpr uint32_t kOpaque = sizeof(Sample) == 1 ? 255 : 65535;

template <typename Sample>
const Sample* samples_of(const Image& image) {
  return reinterpret_cast<const Sample*>(image.pixels.data());
}

template <typename Sample>
Sample* samples_of(Image& image) {
  return reinterpret_cast<Sample*>(image.pixels.data());
}

Image same_size(const Image& image, int64_t channels, int bits) {
  Image out;
  out.width = image.width;
  out.height = image.height;
  out.channels = channels;
  out.bits = bits;
  out.pixels.resize(out.height * out.row_bytes());
  return out;
}

// 16-bit fixed point of 0.299, 0.587, 0.114; the largest sum of 16-bit samples fits into 32 bits.
template <typename Sample>
void to_luma(const Sample* rgb, int64_t pixels, Sample* grey) {
  for (int64_t i = 0; i < pixels; ++i, rgb += 3) {
    const uint32_t sum = rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 32768u;
    grey[i] = static_cast<Sample>(sum >> 16);
  }
}

template <typename Sample>
void repeat(const Sample* grey, int64_t pixels, Sample* rgb) {
  for (int64_t i = 0; i < pixels; ++i) {
    std::fill_n(rgb + 3 * i, 3, grey[i]);
  }
}

// in: channels + 1 samples a pixel, the last one alpha. background: of the samples' depth.
template <typename Sample>
void composite(const Sample* in, int64_t pixels, int64_t channels,
               const std::array<uint32_t, 3>& background, Sample* out) {
  constexpr uint32_t kFull = kOpaque<Sample>;
  for (int64_t i = 0; i < pixels; ++i, in += channels + 1) {
    const uint32_t alpha = in[channels];
    for (int64_t c = 0; c < channels; ++c) {
      *out++ = static_cast<Sample>((in[c] * alpha + background[c] * (kFull - alpha) + kFull / 2) /
                                   kFull);
    }
  }
}

// Grey and alpha to RGBA.
template <typename Sample>
void widen(const Sample* in, int64_t pixels, Sample* out) {
  for (int64_t i = 0; i < pixels; ++i, in += 2, out += 4) {
    std::fill_n(out, 3, in[0]);
    out[3] = in[1];
  }
}

template <typename Sample>
Image without_alpha(Image image, const std::array<uint8_t, 3>& rgb) {
  const int64_t pixels = image.width * image.height;
  const bool grey_background = rgb[0] == rgb[1] && rgb[1] == rgb[2];
  if (image.channels == 2 && !grey_background) {
    Image wide = same_size(image, 4, image.bits);
    widen(samples_of<Sample>(std::as_const(image)), pixels, samples_of<Sample>(wide));
    image = std::move(wide);
  }
  std::array<uint32_t, 3> background = {};
  std::transform(rgb.begin(), rgb.end(), background.begin(),
                 [](uint8_t value) { return value * (kOpaque<Sample> / 255); });
  Image out = same_size(image, image.channels - 1, image.bits);
  composite(samples_of<Sample>(std::as_const(image)), pixels, out.channels, background,
            samples_of<Sample>(out));
  return out;
}

Image with_bits(const Image& image, int bits) {
  Image out = same_size(image, image.channels, bits);
  const int64_t samples = image.width * image.height * image.channels;
  for (int64_t i = 0; i < samples; ++i) {
    if (bits == 16) {
      out.samples16()[i] = static_cast<uint16_t>(image.pixels[i] * 257);
    } else {
      out.pixels[i] = static_cast<uint8_t>((image.samples16()[i] + 128) / 257);
    }
  }
  return out;
}

template <typename Sample>
Image with_channels(const Image& image, int64_t channels) {
  Image out = same_size(image, channels, image.bits);
  const int64_t pixels = image.width * image.height;
  if (channels == 1) {
    to_luma(samples_of<Sample>(image), pixels, samples_of<Sample>(out));
  } else {
    repeat(samples_of<Sample>(image), pixels, samples_of<Sample>(out));
  }
  return out;
}

template <typename Sample>
Image mapped(Image image, const ColourMapping& mapping) {
  if (image.has_alpha()) {
    image = without_alpha<Sample>(std::move(image), mapping.background);
  }
  if (image.channels == 3 && mapping.channels == 1) {
    image = with_channels<Sample>(image, 1);
  }
  if (image.bits != mapping.bits) {
    image = with_bits(image, mapping.bits);
  }
  if (image.channels == mapping.channels) {
    return image;
  }
  return image.bits == 16 ? with_channels<uint16_t>(image, 3) : with_channels<uint8_t>(image, 3);
}

}  // namespace

Image map_colour(Image image, const ColourMapping& mapping) {
  if ((mapping.channels != 1 && mapping.channels != 3) ||
      (mapping.bits != 8 && mapping.bits != 16)) {
    throw Error(ErrorKind::kInternal, "map_colour: no image has " +
                                          std::to_string(mapping.channels) + " channels of " +
                                          std::to_string(mapping.bits) + " bits here.");
  }
  return image.bits == 16 ? mapped<uint16_t>(std::move(image), mapping)
                          : mapped<uint8_t>(std::move(image), mapping);
}

void rgb_to_luma(const uint8_t* rgb, int64_t pixels, uint8_t* grey) {
  to_luma(rgb, pixels, grey);
}

void rgb_to_luma(const uint16_t* rgb, int64_t pixels, uint16_t* grey) {
  to_luma(rgb, pixels, grey);
}

void repeat_to_rgb(const uint8_t* grey, int64_t pixels, uint8_t* rgb) {
  repeat(grey, pixels, rgb);
}

void repeat_to_rgb(const uint16_t* grey, int64_t pixels, uint16_t* rgb) {
  repeat(grey, pixels, rgb);
}

}  // namespace gantrain
