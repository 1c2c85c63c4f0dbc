#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/dataset.h"
#include "gantrain/models/state_visitor.h"

namespace gantrain {

// Earlier fakes, of which a discriminator is shown some instead of the newest (1612.07828, as
// CycleGAN does it), one image at a time: while the pool is not full it takes the newcomer, which
// is shown; afterwards, half of the time, one drawn from the pool is shown and the newcomer takes
// its place, else the newcomer is shown and forgotten. No value is read by the host.
class ImagePool {
 public:
  ImagePool(int64_t size, const ImageGeometry& geometry);  // size 0: every newcomer is shown

  void place(torch::Device device, torch::ScalarType type);

  // newcomers [N, C, H, W] without a graph -> what is shown, as many. places: [N] int64, uniform in
  // [0, size); chances: [N] uniform in [0, 1).
  torch::Tensor exchange(const torch::Tensor& newcomers, const torch::Tensor& places,
                         const torch::Tensor& chances);

  // After the update that the shown ones were for: keeps the exchanges since the last call, or,
  // where skip (a scalar on the device) is 1, takes them back.
  void settle(const torch::Tensor& skip);

  void visit_state(StateVisitor& visitor, const std::string& name);

 private:
  struct Exchange {
    torch::Tensor place, before;  // [1], [1, C, H, W]
  };
  int64_t size_;
  torch::Tensor images_;  // [size, C, H, W]
  torch::Tensor filled_;  // [1] int64
  torch::Tensor filled_before_;
  std::vector<Exchange> exchanges_;
};

}  // namespace gantrain
