#pragma once

#include <memory>
#include <string>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"

#include "data/data_split.h"
#include "data/image_fit.h"

namespace gantrain {

// MNIST and its relatives: images and labels in IDX files, plain or gzip.
struct IdxOptions {
  std::string path;
  DataSplit split = DataSplit::kTrain;
  bool labels = true;
  int64_t classes = 0;
  ImageFit fit = ImageFit::kResize;
  int64_t max_images = 0;
};
const OptionTable& idx_options();

// In a folder: train-images-idx3-ubyte, t10k-images-idx3-ubyte and the labels beside them, with "."
// for the second "-" and with
// ".gz" too. A path to a file of images is read as it is; its labels are the file whose name has
// "labels" for "images" and "idx1" for "idx3" or "idx4".
std::shared_ptr<const Dataset> open_idx_dataset(const IdxOptions& options,
                                                const ImageGeometry& geometry,
                                                const std::string& where);

}  // namespace gantrain
