#pragma once

#include <memory>
#include <string>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"

#include "data/data_split.h"
#include "data/image_fit.h"

namespace gantrain {

enum class CifarVariant { kAuto, kTen, kHundred };

// The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of label bytes and 3 x
// 32 x 32 bytes, red first. CIFAR-100's classes are the fine labels.
struct CifarOptions {
  std::string path;
  DataSplit split = DataSplit::kTrain;
  CifarVariant variant = CifarVariant::kAuto;
  ImageFit fit = ImageFit::kResize;
  int64_t max_images = 0;
};
const OptionTable& cifar_options();

// The folder holds data_batch_1.bin .. data_batch_5.bin and test_batch.bin, or train.bin and
// test.bin. Batches that are not there are left out and counted in the description; how many
// records a file has follows from its size.
std::shared_ptr<const Dataset> open_cifar_dataset(const CifarOptions& options,
                                                  const ImageGeometry& geometry,
                                                  const std::string& where);

}  // namespace gantrain
