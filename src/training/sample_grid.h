#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/dataset.h"
#include "gantrain/image/image.h"
#include "gantrain/models/gan_model.h"
#include "gantrain/runtime/device.h"
#include "gantrain/training/run_config.h"

namespace gantrain {

// The grid of pictures that a run makes at intervals, always of the same latents or the same
// pictures. Of a generator with classes a row for each (as many of the first classes as there are
// pictures), the latents of all rows alike. For a generator that is given pictures `samples.count`
// rows of input | output | target, or, where it goes both ways, input | output | other input | its
// output.
class SampleGrid {
 public:
  SampleGrid(const RunConfig& config, const Generator& generator, const Dataset& shown,
             const Runtime& runtime);
  Image draw(Generator& generator) const;

 private:
  void choose_latents(int64_t count, uint64_t seed, const Generator& generator);
  Image draw_latents(Generator& generator) const;
  Image draw_pictures(Generator& generator) const;

  int bits_;
  Runtime runtime_;
  torch::Tensor latents_, labels_;  // labels of generators with classes
  int64_t columns_ = 0;             // 0: as square as possible
  torch::Tensor inputs_, images_;   // [N, C, H, W] in [-1, 1] on the CPU; undefined without inputs
};

// What a generator makes of pictures [N, C, H, W] on the CPU: float32 there, a few at a time.
torch::Tensor translate(Generator& generator, const torch::Tensor& pictures, bool backward,
                        const Runtime& runtime);

// Bytes of a data set in [-1, 1], float32.
torch::Tensor in_unit_range(const torch::Tensor& pixels);

}  // namespace gantrain
