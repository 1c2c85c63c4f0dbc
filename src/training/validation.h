#pragma once

#include <any>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/data/dataset.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/runtime/device.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// Measures what a generator makes of pictures against the images that they are pairs with: L1, PSNR
// and SSIM (metrics/image_similarity), means over the pictures, and sharpness, the mean gradient of
// what is made over that of the images: below 1 it is blurred, above it noisy. One with another is
// no measure between sets that are not pairs, so those are only shown.
class Validation {
 public:
  using Values = std::vector<std::pair<std::string, double>>;

  Validation(const ValidationOptions& options, std::shared_ptr<const Dataset> dataset,
             const Runtime& runtime);

  bool measures() const { return pairs_; }

  // The best that a run has measured so far, from its metrics.jsonl.
  void read_best(const std::filesystem::path& metrics);

  // Whether it is better than all before.
  bool measure(Generator& generator);

  // What was measured since the last call: "Validation/L1", "/PSNR", "/SSIM" and, but for flat
  // images, "/sharpness"; or nothing.
  Values take() { return std::exchange(values_, {}); }

 private:
  bool improves(double value) const;

  ValidationOptions options_;
  std::shared_ptr<const Dataset> dataset_;
  Runtime runtime_;
  bool pairs_;
  std::optional<double> best_;
  Values values_;
};

// The options of the data section for the split of the section "validation": nothing is mirrored,
// and the middle is taken as it is in tests of pix2pix. Throws Error(kConfig) where the data set
// has no such split.
std::any validation_data_options(const RunConfig& config);

}  // namespace gantrain
