#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

// Points of the plane round `modes` centres on a circle, the toy on which lost modes are shown:
// centre k at angle 2 pi k / modes, every coordinate with the deviation sigma. Point i is a
// function of (seed, i) alone and belongs to mode i mod modes, which is its class. A point is an
// image of two channels and one pixel, its coordinates in [-1, 1] as 16 bits (steps of 1 /
// 32767.5).
struct PointsOptions {
  int64_t count = 100'000;
  int64_t modes = 8;
  double radius = 0.75;
  double sigma = 0.05;  // a fifteenth of the radius; neighbours are 11 sigma apart
  int64_t seed = 0;
};
const OptionTable& points_options();

// Throws Error(kConfig), beginning with `where`, for a model of pictures.
std::shared_ptr<const Dataset> open_points_dataset(const PointsOptions& options,
                                                   const ImageGeometry& geometry,
                                                   const std::string& where);

}  // namespace gantrain
