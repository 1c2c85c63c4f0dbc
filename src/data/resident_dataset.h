#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gantrain/data/dataset.h"

#include "data/image_fit.h"

namespace gantrain {

// Images that were read from files, as they are there.
struct ResidentImages {
  std::string description;               // without count, size and classes: "IDX"
  ImageGeometry geometry;                // of `pixels`
  std::string pixels;                    // count x height x width x channels bytes
  std::vector<uint8_t> labels;           // one for each image, or empty
  int64_t classes = 0;                   // 0 = no labels
  std::vector<std::string> class_names;  // empty or one for each class
  int64_t count() const;
};

// Keeps the images in memory at their own size and fits them to the model's geometry in gather(),
// without allocating. gather() is serial: it runs in the loader's thread, beside the training step.
// maximum_images: 0 = all, else the first so many.
std::shared_ptr<const Dataset> make_resident_dataset(ResidentImages images,
                                                     const ImageGeometry& geometry, ImageFit fit,
                                                     int64_t maximum_images,
                                                     const std::string& where);

}  // namespace gantrain
