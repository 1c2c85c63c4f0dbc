#pragma once

#include <any>
#include <filesystem>
#include <optional>
#include <string>

#include "gantrain/core/stop_check.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

struct ScanRequest {
  std::string type;  // a row of dataset_variants()
  std::any options;  // its options struct
  // What images are decoded to. Without it: to squares of `resolution`; without that too: as they
  // are stored when they have one size, else 64x64.
  std::optional<ImageGeometry> geometry;
  int64_t resolution = 0;
  bool full = false;           // decode every image, else headers only
  int64_t preview_images = 0;  // at most so many, inputs included, stand in ScanResult::preview
  StopCheck stopped;
};

struct ScanResult {
  std::string text;  // one screen, every unusable file listed
  std::string json;
  bool all_usable = true;
  bool one_size = false;   // every image (half of a pair) is stored in the same size
  ImageGeometry geometry;  // what images are decoded to
  int bits = 8;            // 16 when every file has 16 bits a sample
  // Images from all over the set, and their inputs where the set has files for them, in one
  // geometry of at most 128 pixels a side. Nothing when no image can be used.
  std::optional<HostBatch> preview;
};

// Looks at a data set without training: bad files are found, not thrown. Throws Error(kData) when
// there is nothing to look at, Error(kConfig), Stopped.
ScanResult scan_dataset(const ScanRequest& request);

// The geometry of a batch with images like this, and inputs like them when sets of the type have
// files for inputs.
BatchGeometry geometry_of_type(const std::string& type, const ImageGeometry& images);

// What is most likely at a place: "zip", "idx", "cifar", "unpaired", "paired_folders", "classes" or
// "folder". Throws Error(kData) when nothing is there.
std::string guess_dataset_type(const std::filesystem::path& path);

// The options struct of a type with everything but the path at its default. Throws Error(kUsage)
// when there is no such type.
std::any default_dataset_options(const std::string& type, const std::filesystem::path& path);

struct PackSummary {
  int64_t images = 0;
  uint64_t bytes = 0;
};

// Writes a data set, as it comes out of `dataset` without chance, as one zip file in the layout of
// StyleGAN's tools: 00000/img00000000.png ..., dataset.json with the labels (null without). A pair
// becomes one image, A|B side by side, the input on the left; the sides of unpaired sets stand in
// A/ (inputs) and B/. The same set gives the same bytes. Throws Error(kOutput), Stopped.
PackSummary pack_dataset(const Dataset& dataset, const std::filesystem::path& out,
                         const StopCheck& stopped);

}  // namespace gantrain
