#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"

#include "data/data_split.h"
#include "data/image_fit.h"

namespace gantrain {

// Three digits of MNIST as the channels of one image, 1,000 modes that can be counted (Metz et al.
// 2016, arXiv:1611.02163). Which digits image i shows is a function of (seed, i) alone, each digit
// drawn from all with equal chances; its class is 100 a + 10 b + c, a being the first channel.
struct StackedMnistOptions {
  std::string path;  // a folder of MNIST, as of type "idx"
  DataSplit split = DataSplit::kTrain;
  ImageFit fit = ImageFit::kResize;
  int64_t count = 100'000;
  int64_t seed = 0;
};
const OptionTable& stacked_mnist_options();

// Throws Error(kConfig), beginning with `where`, for a model of other than 3 channels, and
// Error(kData) as the type "idx" does.
std::shared_ptr<const Dataset> open_stacked_mnist_dataset(const StackedMnistOptions& options,
                                                          const ImageGeometry& geometry,
                                                          const std::string& where);

}  // namespace gantrain
