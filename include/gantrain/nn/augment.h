#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/core/option_table.h"

namespace gantrain {

// The section "augment": what is done to every picture, real or made, before D sees it, so that D
// cannot learn few reals by heart. DiffAugment, arXiv:2006.10738; the rule that moves the
// probability is ADA's, arXiv:2006.06676. The kinds are DiffAugment's:
// - color: brightness + U(-0.5, 0.5), of values in [-1, 1]; saturation, the distance from the mean
//   of the channels, times U(0, 2); contrast, the distance from the picture's mean, times U(0.5,
//   1.5)
// - translation: whole pixels, up to an eighth of each side; zeros (mid-grey) come in
// - cutout: a hole of zeros, half of each side, its centre anywhere, cut at the border
struct AugmentOptions {
  std::vector<std::string> policy;  // the kinds, in any order; [] = off
  double probability = 1;           // of each kind for each picture; with `adaptive` its maximum
  bool adaptive = false;            // the probability starts at 0 and follows D's overfitting
  double target = 0.6;              // of the mean sign of D(real)
  int64_t interval = 4;             // batches of D between two moves
  double speed_kimg = 500;          // images on which the probability can go from 0 to 1
};
const OptionTable& augment_options();

bool augments(const AugmentOptions& options);

// Uniform numbers in [0, 1) that one picture takes.
inline constexpr int64_t kAugmentDraws = 10;

// images [N, C, H, W] in [-1, 1] as D sees them; draws [N, kAugmentDraws]. Each kind of the policy,
// in the order above, happens to a picture where its draw is below `probability`, a scalar on the
// device; elsewhere the picture stays bit for bit. Differentiable as often as one likes; reads
// nothing back to the host.
torch::Tensor augmented(const torch::Tensor& images, const AugmentOptions& options,
                        const torch::Tensor& probability, const torch::Tensor& draws);

// Pictures moved by whole pixels, [N] int64 down and to the right, zeros coming in.
torch::Tensor shifted(const torch::Tensor& images, const torch::Tensor& rows,
                      const torch::Tensor& columns);

}  // namespace gantrain
