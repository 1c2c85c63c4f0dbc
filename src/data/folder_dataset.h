#pragma once

#include "gantrain/core/stop_check.h"

#include "data/picture_options.h"
#include "data/picture_plan.h"

namespace gantrain {

// Every image in a folder and below it, or in a zip file.
struct FolderOptions : PictureOptions {};
const OptionTable& folder_options();
PicturePlan plan_folder(const FolderOptions& options, const StopCheck& stopped);

// The first folder in an image's name is its class; classes are numbered in bytewise order of their
// names.
struct ClassesOptions : PictureOptions {};
const OptionTable& classes_options();
PicturePlan plan_classes(const ClassesOptions& options, const StopCheck& stopped);

// A zip file as StyleGAN's tools write it: images, and dataset.json with
// {"labels": [["00000/img00000000.png", 6], ...]} or {"labels": null}.
struct ZipOptions : PictureOptions {
  bool labels = true;
};
const OptionTable& zip_options();
PicturePlan plan_zip(const ZipOptions& options, const StopCheck& stopped);

}  // namespace gantrain
