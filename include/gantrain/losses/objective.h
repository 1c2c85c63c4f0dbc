#pragma once

#include <torch/torch.h>

#include "gantrain/core/option_table.h"

namespace gantrain {

enum class ObjectiveKind { kNonSaturating, kLeastSquares };

// The section "objective": the game that generator and discriminator play. Pure functions of
// logits.
struct ObjectiveOptions {  // "type" in JSON is `kind`
  ObjectiveKind kind = ObjectiveKind::kNonSaturating;
  double real_label = 1.0;  // target for real images in D's loss (one-sided label smoothing: 0.9)
  double fake_label = 0.0;
  double discriminator_weight = 1.0;  // 0.5 halves D's loss
};
const OptionTable& objective_options();

// D's two halves (already times discriminator_weight) and G's loss; means over all logits.
// real_logits, fake_logits: any equal shape.
//   non_saturating: BCE on logits against real_label / fake_label; G: BCE of fakes against 1.
//   Goodfellow et al. 2014, 1406.2661. least_squares: mean((D(x) - real_label)^2) / 2,
//   mean((D(G(z)) - fake_label)^2) / 2; G: mean((D(G(z)) - 1)^2) / 2. 1611.04076.
torch::Tensor discriminator_real_loss(const ObjectiveOptions& options,
                                      const torch::Tensor& real_logits);
torch::Tensor discriminator_fake_loss(const ObjectiveOptions& options,
                                      const torch::Tensor& fake_logits);
torch::Tensor generator_loss(const ObjectiveOptions& options, const torch::Tensor& fake_logits);

// For the log: how real D holds each image, in the objective's own scale (real about 1, fake about
// 0): sigmoid of the logit, or the logit itself for least squares.
torch::Tensor realness(const ObjectiveOptions& options, const torch::Tensor& logits);

// Share of reals and fakes that D tells right (realness above and below one half); a float scalar.
torch::Tensor accuracy(const ObjectiveOptions& options, const torch::Tensor& real_logits,
                       const torch::Tensor& fake_logits);

}  // namespace gantrain
