#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "gantrain/core/stop_check.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/picture_translator.h"

namespace gantrain {

struct TranslateRequest {
  std::filesystem::path in;       // a picture, or a folder of them
  std::filesystem::path out;      // folder; made when it is not there
  std::filesystem::path targets;  // folder of what should come out, by the same names; "" = none
  bool pairs = false;    // pictures hold A and B side by side: one half is the input, the other the
                         // target
  bool compare = false;  // write grids input | output | target too
  bool skip_bad = false;            // leave out pictures that cannot be used, instead of refusing
  std::string direction;            // "AtoB", "BtoA"; "" = as trained
  bool running_statistics = false;  // of batch norms, see PictureTask
  uint64_t seed = 0;                // of dropout, where it goes on
  TranslatorLimits limits;
  StopCheck stopped;
};

struct TranslateSummary {
  int64_t pictures = 0;  // that were written
  int64_t in_tiles = 0;
  int64_t skipped = 0;
  bool stopped = false;
};

// Every picture of the folder and those below it, or the one, translated into a PNG of the same
// name and size (times the network's scale) below `out`, with its transparency; and index.html,
// which shows them. First all headers are read: what cannot be used is refused before any work, or
// left out. Each file is there whole or not at all. Throws Error(kUsage): a network that makes
// pictures from noise, a direction that it was not trained for, an `out` among the pictures;
// Error(kData): pictures that cannot be used; Error(kOutput).
TranslateSummary translate(LoadedGenerator& loaded, torch::Device device,
                           const TranslateRequest& request);

}  // namespace gantrain
