#pragma once

#include <any>
#include <optional>
#include <string>
#include <vector>

#include "gantrain/core/option_table.h"
#include "gantrain/core/stop_check.h"

#include "data/pair_dataset.h"
#include "data/picture_plan.h"

namespace gantrain {

// A plan, and what is to be done with its images.
struct PlannedPictures {
  PicturePlan plan;
  PictureOptions options;
  std::optional<DerivedOptions> derived;  // type "derived"
};

// One kind of data set that is made of image files.
struct PictureType {
  const char* name;
  const OptionTable& (*table)();
  bool has_input_files;  // inputs come out of files too, besides the images
  PlannedPictures (*plan)(const std::any& options, const StopCheck& stopped);
};

// Every one, once.
const std::vector<PictureType>& picture_types();

// The row of that name, or nullptr.
const PictureType* find_picture_type(const std::string& name);

}  // namespace gantrain
