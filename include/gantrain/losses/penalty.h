#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/core/option_table.h"

namespace gantrain {

enum class GradientPenalty { kNone, kWganGp, kDragan };

// The section "penalty": what D's loss holds besides the game, and what is done to D's weights.
struct PenaltyOptions {
  GradientPenalty gradient = GradientPenalty::kNone;
  double lambda_gp = 10;  // weight of the gradient penalty
  double r1_gamma = 0;    // 0 = off
  double r2_gamma = 0;
  int64_t interval = 1;    // penalties at every interval-th step, times interval
  double weight_clip = 0;  // D's parameters stay in [-weight_clip, weight_clip]; 0 = off
};
const OptionTable& penalty_options();

bool uses_gradients(const PenaltyOptions& options);  // of D with regard to images

// Points [N, ...] between two batches, one `share` in [0, 1) per sample ([N]): share * reals + (1 -
// share) * fakes. 1704.00028.
torch::Tensor points_between(const torch::Tensor& reals, const torch::Tensor& fakes,
                             const torch::Tensor& share);

// Points round the reals, DRAGAN, 1705.07215: reals + 0.5 * std(reals) * noise, the deviation that
// of the whole batch, noise uniform in [0, 1) of the reals' shape.
torch::Tensor points_around(const torch::Tensor& reals, const torch::Tensor& noise);

// |d sum(logits) / d points|^2 of each sample, [N], float32 or float64, differentiable. `points`
// requires grad and `logits` were computed from it, every sample by itself (no batch norm).
torch::Tensor squared_gradient_norms(const torch::Tensor& logits, const torch::Tensor& points);

// mean (|grad| - 1)^2 of WGAN-GP and DRAGAN; mean |grad|^2 / 2 of R1 (at reals) and R2 (at fakes),
// 1801.04406. Of the norms' squares; scalars, unweighted.
torch::Tensor unit_gradient_penalty(const torch::Tensor& squared_norms);
torch::Tensor zero_gradient_penalty(const torch::Tensor& squared_norms);

}  // namespace gantrain
