#pragma once

#include <torch/torch.h>

#include "gantrain/core/option_table.h"
#include "gantrain/models/gan_model.h"

namespace gantrain {

// The section "ema": an exponential moving average of the generators' weights, used by g.pt, sample
// grids and `sample`.
struct EmaOptions {
  bool enabled = true;
  double half_life_kimg = 10;
  double ramp_up = 0.05;  // half-life = min(half_life, ramp_up * images seen); 0 = none
};
const OptionTable& ema_options();

// Factor of one step that sees `batch_size` images: 0.5^(batch_size / half_life), half_life in
// images after ramp-up.
double ema_decay(const EmaOptions& options, int64_t batch_size, int64_t images_seen);

// Keeps `averaged` (same architecture) following `source`: floating parameters and buffers lerp by
// the same factor; integer buffers and the singular vectors of spectral norm are copied. Starts as
// a copy.
class Ema {
 public:
  Ema(const EmaOptions& options, NetworkMap source, NetworkMap averaged);
  // skip: float scalar on the device, 1 = change nothing.
  void update(int64_t batch_size, int64_t images_seen, const torch::Tensor& skip);
  // Begins anew as a copy of what the sources are now.
  void restart();
  NetworkMap& networks() { return averaged_; }

 private:
  EmaOptions options_;
  NetworkMap averaged_;
  std::vector<torch::Tensor> sources_, targets_;  // averaged
  std::vector<torch::Tensor> copied_sources_, copied_targets_;
};

}  // namespace gantrain
