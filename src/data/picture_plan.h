#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/picture_options.h"
#include "data/picture_source.h"

namespace gantrain {

// Which files make which images: what a type of data set decides from names alone, before a file
// is opened.
struct PicturePlan {
  // Indices into the source. An input of -1: none, or made of the same file.
  struct Item {
    int64_t image = -1;
    int64_t input = -1;
  };
  enum class Inputs {
    kNone,
    kLeftHalf,   // A|B in one file: the input is the left half, the image the right one
    kRightHalf,  // the other way round
    kOwnFile,    // Item::input
    kUnpaired,   // unpaired_inputs
    kDerived,    // made of the image itself
  };

  std::string what;  // for the description: "folder of images"
  std::shared_ptr<const PictureSource> source;
  Inputs inputs = Inputs::kNone;
  std::vector<Item> items;
  std::vector<Item> unpaired_inputs;  // their Item::image
  std::vector<int32_t> labels;        // one for each item, or empty
  std::vector<std::string> class_names;
  std::vector<std::string> problems;  // "A/5.png: has no B/5.png": pairs that do not match
  std::vector<std::string> warnings;  // "class folder \"dogs\" is empty"

  int64_t classes() const { return static_cast<int64_t>(class_names.size()); }
};

// As the configuration writes it.
std::string split_name(PictureSplit split);

// The files below one folder of the source ("" = all), without its name: sorted.
struct NamedFile {
  std::string_view name;
  int64_t index;
};
std::vector<NamedFile> files_below(const PictureSource& source, std::string_view folder);

// The folder (ending in "/", or "") that `split` names: a sub-folder of that name, else everything.
// `by_share`: whether the split has still to be drawn. Throws Error(kData) when neither is there.
std::string split_folder(const PictureSource& source, const PictureOptions& options,
                         bool& by_share);

// Keeps the items that a share of the split draws: by the order of a hash of (split_seed, name), so
// that exactly round(share * n) are in it; then the first max_images.
void keep_split(const PictureOptions& options, bool by_share, PicturePlan& plan);

// Throws Error(kData) with the counts by extension when a plan has no images.
void check_not_empty(const PicturePlan& plan, const std::string& where_looked);

}  // namespace gantrain
