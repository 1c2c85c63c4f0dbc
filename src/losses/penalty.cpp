#include "gantrain/losses/penalty.h"

#include <vector>

namespace gantrain {
namespace {

// The root's derivative is infinite at 0, where a critic of constant value has its gradients.
constexpr double kRootGuard = 1e-12;

// [N] as [N, 1, ...] beside a tensor of as many dimensions as `like`.
torch::Tensor per_sample(const torch::Tensor& values, const torch::Tensor& like) {
  std::vector<int64_t> shape(static_cast<size_t>(like.dim()), 1);
  shape[0] = -1;
  return values.view(shape);
}

std::optional<OptionConflict> interval_without_penalty(const PenaltyOptions& options) {
  if (options.interval > 1 && !uses_gradients(options)) {
    return OptionConflict{"interval",
                          "interval has no meaning while gradient is none and r1_gamma and "
                          "r2_gamma are 0"};
  }
  return std::nullopt;
}

}  // namespace

const OptionTable& penalty_options() {
  using O = PenaltyOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "What keeps the discriminator's slope in bounds.",
          {
              choice<O, GradientPenalty>("gradient", &O::gradient,
                                         {{"none", GradientPenalty::kNone},
                                          {"wgan_gp", GradientPenalty::kWganGp},
                                          {"dragan", GradientPenalty::kDragan}},
                                         "Draws the gradient's norm to 1: between reals and fakes "
                                         "(wgan_gp, arXiv:1704.00028) or round the reals (dragan, "
                                         "arXiv:1705.07215).")
                  .known_elsewhere_as({"gp", "gradient_penalty"}),
              number("lambda_gp", &O::lambda_gp, "Weight of that penalty.")
                  .range(0.0, 1e6)
                  .above_minimum()
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"gp_weight", "lambda"}),
              number("r1_gamma", &O::r1_gamma,
                     "Weight of R1, gamma / 2 times the squared gradient at reals "
                     "(arXiv:1801.04406); 0 = off.")
                  .range(0.0, 1e6)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"gamma", "r1"}),
              number("r2_gamma", &O::r2_gamma, "The same at generated images; 0 = off.")
                  .range(0.0, 1e6)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"r2"}),
              integer("interval", &O::interval,
                      "Penalties are computed at every interval-th step only, interval times as "
                      "strong, in an update of their own.")
                  .range(1, 1000)
                  .known_elsewhere_as({"d_reg_every", "reg_interval"}),
              number("weight_clip", &O::weight_clip,
                     "Every weight of the discriminator is kept in [-weight_clip, weight_clip] "
                     "(arXiv:1701.07875); 0 = off.")
                  .range(0.0, 100.0)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"clip_value"}),
          })
          .check<O>(interval_without_penalty);
  return table;
}

bool uses_gradients(const PenaltyOptions& options) {
  return options.gradient != GradientPenalty::kNone || options.r1_gamma > 0 || options.r2_gamma > 0;
}

torch::Tensor points_between(const torch::Tensor& reals, const torch::Tensor& fakes,
                             const torch::Tensor& share) {
  return fakes + per_sample(share, reals) * (reals - fakes);
}

torch::Tensor points_around(const torch::Tensor& reals, const torch::Tensor& noise) {
  return reals + 0.5 * reals.std() * noise;
}

torch::Tensor squared_gradient_norms(const torch::Tensor& logits, const torch::Tensor& points) {
  const torch::Tensor gradient =
      torch::autograd::grad({logits.sum()}, {points}, {}, /*retain_graph=*/true,
                            /*create_graph=*/true)[0];
  const auto type = gradient.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
  return gradient.to(type).square().flatten(1).sum(1);
}

torch::Tensor unit_gradient_penalty(const torch::Tensor& squared_norms) {
  return ((squared_norms + kRootGuard).sqrt() - 1).square().mean();
}

torch::Tensor zero_gradient_penalty(const torch::Tensor& squared_norms) {
  return squared_norms.mean() / 2;
}

}  // namespace gantrain
