#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/core/option_table.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

// Filled shapes on a plain background, drawn when they are asked for, at any geometry: for tests
// and smoke runs.
//
// Image i is a function of (seed, i, geometry) only; its class is i mod classes and says which
// shape it is: circle, square, triangle, cross, diamond, ring, bar, two squares on a diagonal. The
// shape covers a share of the image that is uniform in [0.1, 0.3], lies wholly inside, anywhere,
// and stretches with the image's aspect ratio. Each channel of the background is uniform in 0..127,
// of the shape in 128..255. So the expected mean of every channel is 0.8 * 63.5 + 0.2 * 191.5
// = 89.1 of 255, whatever the class; edges are not smoothed, so single small images are a little
// off.
//
// A model that is given inputs gets the same shape of input i in white on black; one that learns
// without pairs gets inputs in an order of their own.
struct SyntheticOptions {
  int64_t count = 10'000;
  int64_t classes = 4;
  int64_t seed = 0;
};
const OptionTable& synthetic_options();

std::shared_ptr<const Dataset> open_synthetic_dataset(const SyntheticOptions& options,
                                                      const BatchGeometry& geometry);

}  // namespace gantrain
