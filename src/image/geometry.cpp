#include "gantrain/image/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

// `length` scaled by to / from, rounded to nearest; at least 1.
int64_t scaled(int64_t length, int64_t to, int64_t from) {
  return std::max<int64_t>(1, (2 * length * to + from) / (2 * from));
}

// Whether the width is what decides when w x h is made to fit inside (or, the other way round, to
// cover) the target.
bool is_wider(const GeometryOptions& options, int64_t width, int64_t height) {
  return width * options.height > height * options.width;
}

void cover(const GeometryOptions& options, int64_t width, int64_t height, GeometryPlan& plan) {
  if (is_wider(options, width, height)) {
    plan.resized_height = options.height;
    plan.resized_width = std::max(options.width, options.height * width / height);
  } else {
    plan.resized_width = options.width;
    plan.resized_height = std::max(options.height, options.width * height / width);
  }
}

void fit_inside(const GeometryOptions& options, int64_t width, int64_t height, GeometryPlan& plan) {
  if (is_wider(options, width, height)) {
    plan.resized_width = options.width;
    plan.resized_height = std::min(options.height, scaled(height, options.width, width));
  } else {
    plan.resized_height = options.height;
    plan.resized_width = std::min(options.width, scaled(width, options.height, height));
  }
}

void check(const GeometryOptions& options, int64_t source_width, int64_t source_height) {
  const bool has_target = options.width > 0 && options.height > 0;
  const bool loads = options.fit == Fit::kResizeAndCrop || options.fit == Fit::kScaleWidth;
  const bool load_covers =
      options.load_width >= options.width &&
      (options.fit == Fit::kScaleWidth || options.load_height >= options.height);
  if (source_width < 1 || source_height < 1 || (options.fit != Fit::kNone && !has_target) ||
      (loads && !load_covers)) {
    throw Error(ErrorKind::kInternal, "plan_geometry: sizes that no image can have.");
  }
}

// The place of a window along one side: what stands out times a fraction in [0, 1).
int64_t random_offset(int64_t spare, double fraction) {
  const auto drawn = static_cast<int64_t>(std::floor(fraction * static_cast<double>(spare + 1)));
  return std::clamp<int64_t>(drawn, 0, spare);
}

// Half of what is spare, the smaller half first.
int64_t middle(int64_t spare) {
  return spare >= 0 ? spare / 2 : -(-spare / 2);
}

template <int64_t kBytes>
void mirror_row(const uint8_t* in, int64_t width, uint8_t* out) {
  for (int64_t x = 0; x < width; ++x) {
    std::memcpy(out + x * kBytes, in + (width - 1 - x) * kBytes, kBytes);
  }
}

void mirror_row(const uint8_t* in, int64_t width, int64_t pixel_bytes, uint8_t* out) {
  switch (pixel_bytes) {
    case 1:
      return mirror_row<1>(in, width, out);
    case 2:
      return mirror_row<2>(in, width, out);
    case 3:
      return mirror_row<3>(in, width, out);
    case 4:
      return mirror_row<4>(in, width, out);
    case 6:
      return mirror_row<6>(in, width, out);
    default:
      return mirror_row<8>(in, width, out);
  }
}

Image blank(int64_t width, int64_t height, const Image& like) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = like.channels;
  image.bits = like.bits;
  image.pixels.resize(image.height * image.row_bytes());
  return image;
}

// Colours the whole image; an alpha channel becomes opaque.
void fill(Image& image, const std::array<uint8_t, 3>& rgb) {
  const int64_t colours = image.channels - (image.has_alpha() ? 1 : 0);
  for (int64_t i = 0; i < image.width * image.height; ++i) {
    for (int64_t c = 0; c < image.channels; ++c) {
      const uint8_t value = c < colours ? rgb[c] : 255;
      if (image.bits == 16) {
        image.samples16()[i * image.channels + c] = static_cast<uint16_t>(value * 257);
      } else {
        image.pixels[i * image.channels + c] = value;
      }
    }
  }
}

}  // namespace

const std::vector<std::pair<std::string, Fit>>& fit_names() {
  static const std::vector<std::pair<std::string, Fit>> names = {
      {"none", Fit::kNone},
      {"stretch", Fit::kStretch},
      {"crop", Fit::kCrop},
      {"pad", Fit::kPad},
      {"letterbox", Fit::kLetterbox},
      {"scale_width", Fit::kScaleWidth},
      {"resize_and_crop", Fit::kResizeAndCrop}};
  return names;
}

GeometryPlan plan_geometry(const GeometryOptions& options, int64_t source_width,
                           int64_t source_height) {
  check(options, source_width, source_height);
  GeometryPlan plan{source_width, source_height, options.width, options.height};
  switch (options.fit) {
    case Fit::kNone:
      plan.width = source_width;
      plan.height = source_height;
      break;
    case Fit::kStretch:
      plan.resized_width = options.width;
      plan.resized_height = options.height;
      break;
    case Fit::kCrop:
      cover(options, source_width, source_height, plan);
      break;
    case Fit::kPad:
      if (source_width > options.width || source_height > options.height) {
        fit_inside(options, source_width, source_height, plan);
      }
      break;
    case Fit::kLetterbox:
      fit_inside(options, source_width, source_height, plan);
      break;
    case Fit::kScaleWidth:
      plan.resized_width = options.load_width;
      plan.resized_height =
          std::max(options.height, options.load_width * source_height / source_width);
      break;
    case Fit::kResizeAndCrop:
      plan.resized_width = options.load_width;
      plan.resized_height = options.load_height;
      break;
  }
  return plan;
}

Placement centre_placement(const GeometryPlan& plan, bool flip) {
  return {middle(plan.spare_x()), middle(plan.spare_y()), flip};
}

Placement random_placement(const GeometryPlan& plan, double x, double y, bool flip) {
  Placement placement = centre_placement(plan, flip);
  if (plan.spare_x() > 0) {
    placement.left = random_offset(plan.spare_x(), x);
  }
  if (plan.spare_y() > 0) {
    placement.top = random_offset(plan.spare_y(), y);
  }
  return placement;
}

void copy_window(const uint8_t* in, int64_t from_width, int64_t pixel_bytes,
                 const Placement& placement, int64_t width, int64_t height, uint8_t* out) {
  const int64_t row_bytes = width * pixel_bytes;
  for (int64_t y = 0; y < height; ++y, out += row_bytes) {
    const uint8_t* row = in + ((placement.top + y) * from_width + placement.left) * pixel_bytes;
    if (placement.flip) {
      mirror_row(row, width, pixel_bytes, out);
    } else {
      std::memcpy(out, row, row_bytes);
    }
  }
}

void shift_pixels(uint8_t* pixels, int64_t width, int64_t height, int64_t pixel_bytes,
                  int64_t right, int64_t down, const uint8_t* background) {
  right = std::clamp(right, -width, width);
  down = std::clamp(down, -height, height);
  const int64_t row_bytes = width * pixel_bytes;
  const int64_t left_edge = std::max<int64_t>(right, 0);  // of what stays, where it comes to lie
  const int64_t top_edge = std::max<int64_t>(down, 0);
  const int64_t stays_wide = width - std::abs(right);
  const int64_t stays_high = height - std::abs(down);
  const auto fill_pixels = [&](int64_t y, int64_t from, int64_t to) {
    for (int64_t x = from; x < to; ++x) {
      std::memcpy(pixels + y * row_bytes + x * pixel_bytes, background,
                  static_cast<size_t>(pixel_bytes));
    }
  };
  std::memmove(pixels + top_edge * row_bytes, pixels + (top_edge - down) * row_bytes,
               static_cast<size_t>(stays_high * row_bytes));
  for (int64_t y = 0; y < height; ++y) {
    if (y < top_edge || y >= top_edge + stays_high) {
      fill_pixels(y, 0, width);
      continue;
    }
    uint8_t* row = pixels + y * row_bytes;
    std::memmove(row + left_edge * pixel_bytes, row + (left_edge - right) * pixel_bytes,
                 static_cast<size_t>(stays_wide * pixel_bytes));
    fill_pixels(y, 0, left_edge);
    fill_pixels(y, left_edge + stays_wide, width);
  }
}

struct GeometryWorker::State {
  std::optional<Resizer> resizer;
  int64_t from_width = 0;  // what resizer is for
  int64_t from_height = 0;
  int64_t channels = 0;
  std::vector<uint8_t> scratch;
  std::vector<float> scratch16;
};

GeometryWorker::GeometryWorker(const GeometryOptions& options)
    : options_(options), state_(std::make_unique<State>()) {}
GeometryWorker::~GeometryWorker() = default;

Image GeometryWorker::resize(const Image& image) {
  const GeometryPlan plan = plan_geometry(options_, image.width, image.height);
  if (plan.resized_width == image.width && plan.resized_height == image.height) {
    return image;
  }
  State& state = *state_;
  if (!state.resizer || state.from_width != image.width || state.from_height != image.height ||
      state.channels != image.channels) {
    state.resizer.emplace(image.width, image.height, plan.resized_width, plan.resized_height,
                          image.channels, options_.filter);
    state.from_width = image.width;
    state.from_height = image.height;
    state.channels = image.channels;
  }
  Image out = blank(plan.resized_width, plan.resized_height, image);
  if (image.bits == 16) {
    state.resizer->run(image.samples16(), out.samples16(), state.scratch16);
  } else {
    state.resizer->run(image.pixels.data(), out.pixels.data(), state.scratch);
  }
  return out;
}

Image GeometryWorker::place(Image resized, const GeometryPlan& plan,
                            const Placement& placement) const {
  if (plan.spare_x() == 0 && plan.spare_y() == 0 && !placement.flip) {
    return resized;
  }
  Image out = blank(plan.width, plan.height, resized);
  if (plan.spare_x() >= 0 && plan.spare_y() >= 0) {
    copy_window(resized.pixels.data(), resized.width, resized.pixel_bytes(), placement, out.width,
                out.height, out.pixels.data());
    return out;
  }
  fill(out, options_.padding);
  // What is padded along one side is never cropped along the other.
  const int64_t left =
      placement.flip ? out.width - resized.width + placement.left : -placement.left;
  for (int64_t y = 0; y < resized.height; ++y) {
    copy_window(
        resized.pixels.data(), resized.width, resized.pixel_bytes(), {0, y, placement.flip},
        resized.width, 1,
        out.pixels.data() + (y - placement.top) * out.row_bytes() + left * out.pixel_bytes());
  }
  return out;
}

Image GeometryWorker::run(const Image& image) {
  const GeometryPlan plan = plan_geometry(options_, image.width, image.height);
  return place(resize(image), plan, centre_placement(plan));
}

Image GeometryWorker::run(const Image& image, double x, double y, bool flip) {
  const GeometryPlan plan = plan_geometry(options_, image.width, image.height);
  return place(resize(image), plan, random_placement(plan, x, y, flip));
}

}  // namespace gantrain
