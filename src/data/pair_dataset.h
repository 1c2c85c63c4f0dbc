#pragma once

#include "gantrain/core/stop_check.h"

#include "data/picture_options.h"
#include "data/picture_plan.h"

namespace gantrain {

// Pairs A|B side by side in one file, A on the left.
struct PairedOptions : PictureOptions {
  Direction direction = Direction::kAToB;
};
const OptionTable& paired_options();
PicturePlan plan_paired(const PairedOptions& options, const StopCheck& stopped);

// A folder each for A and B. The side "A" of split "train" is the first of trainA/, train/A/,
// A/train/ and A/ that holds images.
struct TwoFolderOptions : PictureOptions {
  Direction direction = Direction::kAToB;
  std::string a = "A";
  std::string b = "B";
};

// Files of equal name (without the extension) are pairs.
struct PairedFoldersOptions : TwoFolderOptions {};
const OptionTable& paired_folders_options();
PicturePlan plan_paired_folders(const PairedFoldersOptions& options, const StopCheck& stopped);

// Each side has an order of its own.
struct UnpairedOptions : TwoFolderOptions {};
const OptionTable& unpaired_options();
PicturePlan plan_unpaired(const UnpairedOptions& options, const StopCheck& stopped);

// The input is made of the image: for super-resolution, colourisation, inpainting.
enum class DerivedInput { kLowResolution, kGrey, kMasked };
enum class MaskPlace { kCentre, kRandom };
struct DerivedOptions : PictureOptions {
  DerivedInput input = DerivedInput::kLowResolution;
  MaskPlace mask = MaskPlace::kCentre;
  double mask_share = 0.5;
};
const OptionTable& derived_options();
PicturePlan plan_derived(const DerivedOptions& options, const StopCheck& stopped);

}  // namespace gantrain
