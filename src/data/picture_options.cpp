#include "data/picture_options.h"

#include "gantrain/core/text.h"

namespace gantrain {

std::optional<OptionConflict> picture_conflict(const PictureOptions& options) {
  if (options.val_share + options.test_share >= 1) {
    return OptionConflict{"val_share", "and test_share leave nothing to train on (got " +
                                           format_number(options.val_share) + " and " +
                                           format_number(options.test_share) +
                                           ", expected a sum below 1)"};
  }
  if (options.bit_depth != 8 && options.bit_depth != 16) {
    return OptionConflict{"bit_depth",
                          "must be 8 or 16 (got " + std::to_string(options.bit_depth) + ")"};
  }
  const bool loads = options.fit == Fit::kScaleWidth || options.fit == Fit::kResizeAndCrop;
  if (options.load_size > 0 && !loads) {
    return OptionConflict{"load_size",
                          "needs fit \"scale_width\" or \"resize_and_crop\"; other fits have no "
                          "size of their own before the crop"};
  }
  return std::nullopt;
}

namespace picture_detail {

const Choices& choices() {
  static const Choices all = {{{"train", PictureSplit::kTrain},
                               {"val", PictureSplit::kVal},
                               {"test", PictureSplit::kTest},
                               {"all", PictureSplit::kAll}},
                              fit_names(),
                              resize_filter_names()};
  return all;
}

}  // namespace picture_detail

const std::vector<std::pair<std::string, Direction>>& direction_names() {
  static const std::vector<std::pair<std::string, Direction>> names = {{"AtoB", Direction::kAToB},
                                                                       {"BtoA", Direction::kBToA}};
  return names;
}

}  // namespace gantrain
