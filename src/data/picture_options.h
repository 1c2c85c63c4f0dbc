#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/core/option_table.h"
#include "gantrain/image/geometry.h"
#include "gantrain/image/resize.h"

namespace gantrain {

enum class PictureSplit { kTrain, kVal, kTest, kAll };
enum class Crop { kCentre, kRandom };
enum class BadImages { kError, kSkip };
enum class SmallImages { kUpscale, kError };
enum class Caching { kAuto, kOff };
enum class Direction { kAToB, kBToA };

// What every data set of image files can be told. Their options structs begin with it.
struct PictureOptions {
  std::string path;
  PictureSplit split = PictureSplit::kTrain;
  double val_share = 0;
  double test_share = 0;
  int64_t split_seed = 0;
  int64_t max_images = 0;
  Fit fit = Fit::kCrop;
  int64_t load_size = 0;
  Crop crop = Crop::kCentre;
  bool flip = false;
  int64_t shift = 0;
  ResizeFilter filter = ResizeFilter::kBicubic;
  std::vector<int64_t> background = {255, 255, 255};
  int64_t bit_depth = 8;
  SmallImages small_images = SmallImages::kUpscale;
  BadImages on_bad_image = BadImages::kError;
  double max_bad_share = 0.05;
  int64_t max_image_pixels = 64'000'000;
  bool follow_links = false;
  int64_t workers = -1;
  int64_t memory_mb = 0;
  Caching cache = Caching::kAuto;

  int bits() const { return static_cast<int>(bit_depth); }
};

// Checks over several of these keys.
std::optional<OptionConflict> picture_conflict(const PictureOptions& options);

namespace picture_detail {

// A member of PictureOptions as one of the struct that begins with it.
template <typename O, typename T>
T O::*in(T PictureOptions::*member) {
  return member;
}

struct Choices {
  std::vector<std::pair<std::string, PictureSplit>> splits;
  std::vector<std::pair<std::string, Fit>> fits;
  std::vector<std::pair<std::string, ResizeFilter>> filters;
};
const Choices& choices();

// Which of the files.
template <typename O>
std::vector<OptionBuilder<O>> split_rows() {
  using P = PictureOptions;
  return {
      choice("split", in<O>(&P::split), choices().splits,
             "Which part: the sub-folder of that name where there is one, else a share."),
      number("val_share", in<O>(&P::val_share),
             "Share of the images that is split \"val\", drawn by split_seed.")
          .range(0, 1)
          .below_maximum(),
      number("test_share", in<O>(&P::test_share),
             "Share of the images that is split \"test\", drawn by split_seed.")
          .range(0, 1)
          .below_maximum(),
      integer("split_seed", in<O>(&P::split_seed), "Another seed draws other shares.")
          .range(int64_t{0}, std::numeric_limits<int64_t>::max()),
      integer("max_images", in<O>(&P::max_images), "Only the first so many images; 0 takes all.")
          .range(int64_t{0}, int64_t{100'000'000}),
  };
}

// What becomes of an image.
template <typename O>
std::vector<OptionBuilder<O>> shape_rows() {
  using P = PictureOptions;
  return {
      choice("fit", in<O>(&P::fit), choices().fits,
             "How images of another size than the model's are made to fit: crop covers it and cuts "
             "the rest off, stretch changes the aspect ratio, none cuts a window out of the image "
             "as it is, pad and letterbox add background, scale_width and resize_and_crop are "
             "pix2pix's."),
      integer("load_size", in<O>(&P::load_size),
              "fit scale_width and resize_and_crop: the size before the crop; 0 = 286 for 256, and "
              "so on.")
          .range(int64_t{0}, int64_t{16'384})
          .unit("px"),
      choice("crop", in<O>(&P::crop), {{"centre", Crop::kCentre}, {"random", Crop::kRandom}},
             "Where the window lies in an image that is larger: in the middle, or anew each time."),
      boolean("flip", in<O>(&P::flip), "Whether half of the images are mirrored, anew each time.")
          .known_elsewhere_as({"mirror", "xflip", "hflip"}),
      integer("shift", in<O>(&P::shift),
              "Images are moved by up to so many pixels each way, anew each time, and background "
              "comes in; of a pair's two sizes it counts in the smaller.")
          .range(int64_t{0}, int64_t{1024})
          .unit("px"),
      choice("filter", in<O>(&P::filter), choices().filters,
             "Filter of resizing, antialiased, as Pillow's of that name."),
      integers("background", in<O>(&P::background),
               "Red, green and blue behind transparent pixels and around padded images.")
          .range(int64_t{0}, int64_t{255})
          .items(3, 3),
      integer("bit_depth", in<O>(&P::bit_depth),
              "Bits of a sample on the way to the model, 8 or 16; 16 keeps what 16-bit PNG files "
              "have.")
          .range(int64_t{8}, int64_t{16}),
      choice("small_images", in<O>(&P::small_images),
             {{"upscale", SmallImages::kUpscale}, {"error", SmallImages::kError}},
             "Images smaller than the model's: enlarged, or bad images."),
  };
}

// How files are read, and what is done about bad ones.
template <typename O>
std::vector<OptionBuilder<O>> reading_rows() {
  using P = PictureOptions;
  return {
      choice("on_bad_image", in<O>(&P::on_bad_image),
             {{"error", BadImages::kError}, {"skip", BadImages::kSkip}},
             "Whether images that cannot be used end the run before it starts, all listed, or are "
             "left out.")
          .on_resume(OnResume::kFree),
      number("max_bad_share", in<O>(&P::max_bad_share),
             "on_bad_image skip: the largest share of bad images that is still left out.")
          .range(0, 1)
          .on_resume(OnResume::kFree),
      integer("max_image_pixels", in<O>(&P::max_image_pixels),
              "Images with more pixels are bad images.")
          .range(int64_t{1}, int64_t{1'000'000'000})
          .on_resume(OnResume::kFree),
      boolean("follow_links", in<O>(&P::follow_links),
              "Whether symbolic links that lead out of the folder are followed.")
          .on_resume(OnResume::kFree),
      integer("workers", in<O>(&P::workers),
              "Threads that decode; 0 = none of their own, -1 = one for each processor. The images "
              "are the same.")
          .range(int64_t{-1}, int64_t{256})
          .on_resume(OnResume::kFree)
          .known_elsewhere_as({"num_workers", "num_threads"}),
      integer("memory_mb", in<O>(&P::memory_mb),
              "What decoded images may take in memory; 0 = half of what is free at the start. Sets "
              "that need more are kept in a file in the run folder.")
          .range(int64_t{0}, int64_t{1} << 30)
          .unit("MB")
          .on_resume(OnResume::kFree),
      choice("cache", in<O>(&P::cache), {{"auto", Caching::kAuto}, {"off", Caching::kOff}},
             "Whether decoded images are kept (in memory, else in a file) or decoded each time.")
          .on_resume(OnResume::kFree),
  };
}

}  // namespace picture_detail

// The rows of these keys, `first` before all but the path.
template <typename O>
std::vector<OptionBuilder<O>> picture_rows(const std::vector<OptionBuilder<O>>& first = {}) {
  std::vector<OptionBuilder<O>> rows = {
      path("path", picture_detail::in<O>(&PictureOptions::path),
           "Folder of the images, or a zip file of them.")
          .not_empty()
          .on_resume(OnResume::kFree)
          .known_elsewhere_as({"root", "dataroot", "data_dir"}),
  };
  for (const auto& more : {first, picture_detail::split_rows<O>(), picture_detail::shape_rows<O>(),
                           picture_detail::reading_rows<O>()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

const std::vector<std::pair<std::string, Direction>>& direction_names();

}  // namespace gantrain
