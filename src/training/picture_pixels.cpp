#include "training/picture_pixels.h"

#include <cstring>
#include <utility>
#include <vector>

#include "gantrain/core/format_error.h"
#include "gantrain/data/batch.h"
#include "gantrain/image/colour.h"
#include "gantrain/image/decode.h"
#include "gantrain/image/geometry.h"
#include "gantrain/image/resize.h"

#include "training/picture_jobs.h"

namespace gantrain {
namespace {

Image empty_image(int64_t width, int64_t height, int64_t channels, int bits) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bits = bits;
  image.pixels.resize(static_cast<size_t>(height * image.row_bytes()));
  return image;
}

// Copies one channel of `from` to one of `to`, of the same size and bits.
void copy_channel(const Image& from, int64_t from_channel, Image& to, int64_t to_channel) {
  const auto bytes = static_cast<size_t>(from.sample_bytes());
  const uint8_t* source = from.pixels.data() + from_channel * from.sample_bytes();
  uint8_t* target = to.pixels.data() + to_channel * to.sample_bytes();
  for (int64_t i = 0; i < from.width * from.height; ++i) {
    std::memcpy(target, source, bytes);
    source += from.pixel_bytes();
    target += to.pixel_bytes();
  }
}

Image resized(const Image& image, int64_t width, int64_t height) {
  if (image.width == width && image.height == height) {
    return image;
  }
  Image out = empty_image(width, height, image.channels, image.bits);
  const Resizer resizer(image.width, image.height, width, height, image.channels,
                        ResizeFilter::kBicubic);
  if (image.bits == 16) {
    std::vector<float> scratch;
    resizer.run(image.samples16(), out.samples16(), scratch);
  } else {
    std::vector<uint8_t> scratch;
    resizer.run(image.pixels.data(), out.pixels.data(), scratch);
  }
  return out;
}

// The colours, and a channel more that is full where alpha is below a half.
Image with_hole_channel(const Image& colours, Image alpha) {
  const int full = alpha.bits == 16 ? 65535 : 255;
  for (int64_t i = 0; i < alpha.width * alpha.height; ++i) {
    if (alpha.bits == 16) {
      alpha.samples16()[i] = static_cast<uint16_t>(2 * alpha.samples16()[i] < full ? full : 0);
    } else {
      alpha.pixels[i] = static_cast<uint8_t>(2 * alpha.pixels[i] < full ? full : 0);
    }
  }
  return with_alpha(colours, alpha);
}

Image alpha_of(const Image& image, int bits) {
  Image alpha = empty_image(image.width, image.height, 1, image.bits);
  copy_channel(image, image.channels - 1, alpha, 0);
  return map_colour(std::move(alpha), {.channels = 1, .bits = bits});
}

Image half_of(const Image& image, bool right) {
  if (image.pixels.empty()) {
    return image;
  }
  Image out = empty_image(image.width / 2, image.height, image.channels, image.bits);
  Placement placement;
  placement.left = right ? image.width / 2 : 0;
  copy_window(image.pixels.data(), image.width, image.pixel_bytes(), placement, out.width,
              out.height, out.pixels.data());
  return out;
}

}  // namespace

LoadedPicture load_picture(const FolderHandle& folder, const std::string& name,
                           const PixelFormat& format) {
  std::string bytes;
  FileStamp stamp;
  if (const std::string reason = read_below(folder, name, kLargestPictureFile, bytes, stamp);
      !reason.empty()) {
    throw FormatError(reason);
  }
  Image image = decode_image(bytes);
  constexpr std::array<uint8_t, 3> kHole = {128, 128, 128};
  const bool has_hole_channel = format.channels % 2 == 0;
  LoadedPicture picture;
  if (image.has_alpha()) {
    picture.alpha = alpha_of(image, format.bits);
  } else if (has_hole_channel) {
    throw FormatError("has no transparent pixels, and they are what this network fills");
  }
  const int64_t channels = format.channels - (has_hole_channel ? 1 : 0);
  picture.colours =
      map_colour(std::move(image), {.channels = format.greyed ? 1 : channels,
                                    .bits = format.bits,
                                    .background = format.fills_holes ? kHole : format.background});
  picture.colours =
      map_colour(std::move(picture.colours), {.channels = channels, .bits = format.bits});
  if (has_hole_channel) {
    picture.colours = with_hole_channel(picture.colours, std::move(picture.alpha));
  }
  if (format.fills_holes) {
    picture.alpha = {};
  }
  return picture;
}

LoadedPicture half_of(const LoadedPicture& picture, bool right) {
  if (picture.colours.width % 2 != 0) {
    throw FormatError("does not hold two pictures side by side: its width is odd (got " +
                      std::to_string(picture.colours.width) + ")");
  }
  return {half_of(picture.colours, right), half_of(picture.alpha, right)};
}

torch::Tensor to_tensor(const Image& image) {
  const torch::Tensor pixels = torch::from_blob(const_cast<uint8_t*>(image.pixels.data()),
                                                {1, image.height, image.width, image.channels},
                                                image.bits == 16 ? torch::kUInt16 : torch::kByte)
                                   .permute({0, 3, 1, 2});
  torch::Tensor values = torch::empty(pixels.sizes());
  to_unit_range(pixels, values);
  return values;
}

Image with_alpha(const Image& image, const Image& alpha) {
  const Image fitting = resized(alpha, image.width, image.height);
  Image out = empty_image(image.width, image.height, image.channels + 1, image.bits);
  for (int64_t channel = 0; channel < image.channels; ++channel) {
    copy_channel(image, channel, out, channel);
  }
  copy_channel(fitting, 0, out, image.channels);
  return out;
}

Image made_alike(Image image, int64_t width, int64_t height, int64_t channels) {
  const int bits = image.bits;
  if (image.channels == 2 || image.channels == 4) {  // without the channel of holes
    Image colours = empty_image(image.width, image.height, image.channels - 1, bits);
    for (int64_t channel = 0; channel < colours.channels; ++channel) {
      copy_channel(image, channel, colours, channel);
    }
    image = std::move(colours);
  }
  return resized(map_colour(std::move(image), {.channels = channels, .bits = bits}), width, height);
}

}  // namespace gantrain
