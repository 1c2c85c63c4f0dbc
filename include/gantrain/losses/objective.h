#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/core/option_table.h"
#include "gantrain/losses/loss_term.h"

namespace gantrain {

// The section "objective": the game that generator and discriminator play, as pure functions of
// logits. With x = D(image), y = D(G(z)), softplus(t) = log(1 + exp(t)), l+ and l- the labels
// (real_label, fake_label), BCE(t, l) = l softplus(-t) + (1 - l) softplus(t); means over all:
//
// clang-format off
//   type                  D: reals             D: fakes             G                      source
//   non_saturating        BCE(x, l+)           BCE(y, l-)           BCE(y, 1)              1406.2661
//   saturating            the same             the same             -BCE(y, 0)             1406.2661
//   least_squares         (x - l+)^2 / 2       (y - l-)^2 / 2       (y - 1)^2 / 2          1611.04076
//   hinge                 max(0, 1 - x)        max(0, 1 + y)        -y                     1705.02894
//   wasserstein           -x                   y                    -y                     1701.07875
//   relativistic          softplus(y - x), pair by pair             softplus(x - y)        1807.00734, 2501.05441
//   relativistic_average  BCE(x - mean y, l+)  BCE(y - mean x, l-)  BCE(y - mean x, 1) + BCE(x - mean y, 0)  1807.00734
// clang-format on
//
// A new one is a row of the table in src/losses/objective.cpp.
struct ObjectiveOptions {
  std::string type = "non_saturating";
  double real_label = 1.0;  // target for real images in D's loss (one-sided label smoothing: 0.9)
  double fake_label = 0.0;
  double label_noise = 0.0;           // D's targets are drawn from [label - noise, label + noise]
  double label_flip = 0.0;            // share of D's targets that are those of the other side
  double discriminator_weight = 1.0;  // 0.5 halves D's loss
  int64_t n_critic = 1;               // updates of D per step, each on a batch of its own
  int64_t n_critic_thorough = 0;  // the same in the first 25 steps and every 500th; 0 = n_critic
};
const OptionTable& objective_options();

// Updates of D in a step, 1701.07875.
int64_t critic_updates(const ObjectiveOptions& options, int64_t step);

// D's targets, [N] each. Undefined tensors stand for the labels of the options.
struct LabelTargets {
  torch::Tensor real, fake;
};
bool draws_labels(const ObjectiveOptions& options);
// noise, flip: uniform in [0, 1), [N, 2]: for the reals, for the fakes.
LabelTargets label_targets(const ObjectiveOptions& options, const torch::Tensor& noise,
                           const torch::Tensor& flip);

// D's loss, times discriminator_weight: "d_real" and "d_fake", or "d" where pairs are compared.
// real_logits, fake_logits: equal shapes [N] or [N, ...].
std::vector<LossTerm> discriminator_loss(const ObjectiveOptions& options,
                                         const torch::Tensor& real_logits,
                                         const torch::Tensor& fake_logits,
                                         const LabelTargets& targets = {});

// Whether G's loss compares its pictures with reals; only then generator_loss looks at real_logits.
bool generator_sees_reals(const ObjectiveOptions& options);
torch::Tensor generator_loss(const ObjectiveOptions& options, const torch::Tensor& fake_logits,
                             const torch::Tensor& real_logits = {});

// For the log: how real D holds each image, in the objective's own scale: a probability (sigmoid of
// the logit), or the logit itself where it is none.
torch::Tensor realness(const ObjectiveOptions& options, const torch::Tensor& logits);

// Whether the sign of (realness - middle) says what D holds of an image, the middle being one half
// (hinge: zero): not where only differences of logits count (wasserstein, relativistic*).
bool judges_by_itself(const ObjectiveOptions& options);

// Mean of that sign over reals, in [-1, 1], a scalar: near 1 when D knows its reals by heart. r_t
// of ADA, arXiv:2006.06676, eq. 1. Only where D judges by itself.
torch::Tensor mean_sign(const ObjectiveOptions& options, const torch::Tensor& real_logits);

// Share of reals and fakes that D tells right: realness above and below one half (hinge: zero);
// where a logit says nothing by itself (wasserstein, relativistic*), the share of pairs with x > y.
// A float scalar.
torch::Tensor accuracy(const ObjectiveOptions& options, const torch::Tensor& real_logits,
                       const torch::Tensor& fake_logits);

}  // namespace gantrain
