#include "gantrain/losses/objective.h"

namespace gantrain {

namespace {

// Of the generator: it wants its pictures to be taken for real ones.
constexpr double kGeneratorTarget = 1.0;

torch::Tensor at_least_float(const torch::Tensor& logits) {
  return logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
}

// log(1 + exp(x)). Where the library's default threshold of 20 goes over to x itself a double still
// tells the difference.
torch::Tensor soft_ramp(const torch::Tensor& x) {
  return torch::softplus(x, /*beta=*/1, /*threshold=*/40);
}

// Cross-entropy of sigmoid(logits) against the label: -log sigmoid(x) = softplus(-x), -log(1 -
// sigmoid(x)) = softplus(x).
torch::Tensor cross_entropy(const torch::Tensor& logits, double label) {
  return (label * soft_ramp(-logits) + (1 - label) * soft_ramp(logits)).mean();
}

torch::Tensor distance_to_label(ObjectiveKind kind, const torch::Tensor& logits, double label) {
  const torch::Tensor values = at_least_float(logits);
  return kind == ObjectiveKind::kLeastSquares ? (values - label).square().mean() / 2
                                              : cross_entropy(values, label);
}

std::optional<OptionConflict> labels_are_probabilities(const ObjectiveOptions& options) {
  if (options.kind != ObjectiveKind::kNonSaturating) {
    return std::nullopt;
  }
  for (const auto& [key, label] :
       {std::pair{"real_label", options.real_label}, {"fake_label", options.fake_label}}) {
    if (label < 0 || label > 1) {
      return OptionConflict{
          key, std::string(key) +
                   " is a probability when type is non_saturating and must lie in [0, 1]; "
                   "least_squares takes other values"};
    }
  }
  return std::nullopt;
}

}  // namespace

const OptionTable& objective_options() {
  static const OptionTable table =
      OptionTable::of<ObjectiveOptions>(
          "The game that generator and discriminator play.",
          {
              choice("type", &ObjectiveOptions::kind,
                     {{"non_saturating", ObjectiveKind::kNonSaturating},
                      {"least_squares", ObjectiveKind::kLeastSquares}},
                     "non_saturating (arXiv:1406.2661) or least_squares (LSGAN, "
                     "arXiv:1611.04076)."),
              number("real_label", &ObjectiveOptions::real_label,
                     "The discriminator's target for real images; 0.9 smooths labels on one side.")
                  .range(-10.0, 10.0)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"label_smoothing"}),
              number("fake_label", &ObjectiveOptions::fake_label,
                     "The discriminator's target for generated images.")
                  .range(-10.0, 10.0)
                  .on_resume(OnResume::kFree),
              number("discriminator_weight", &ObjectiveOptions::discriminator_weight,
                     "Factor of the discriminator's loss; 0.5 halves it.")
                  .range(0.0, 100.0)
                  .above_minimum()
                  .on_resume(OnResume::kFree),
          })
          .check<ObjectiveOptions>(labels_are_probabilities);
  return table;
}

torch::Tensor discriminator_real_loss(const ObjectiveOptions& options,
                                      const torch::Tensor& real_logits) {
  return options.discriminator_weight *
         distance_to_label(options.kind, real_logits, options.real_label);
}

torch::Tensor discriminator_fake_loss(const ObjectiveOptions& options,
                                      const torch::Tensor& fake_logits) {
  return options.discriminator_weight *
         distance_to_label(options.kind, fake_logits, options.fake_label);
}

torch::Tensor generator_loss(const ObjectiveOptions& options, const torch::Tensor& fake_logits) {
  return distance_to_label(options.kind, fake_logits, kGeneratorTarget);
}

torch::Tensor realness(const ObjectiveOptions& options, const torch::Tensor& logits) {
  return options.kind == ObjectiveKind::kLeastSquares ? logits.detach() : logits.detach().sigmoid();
}

torch::Tensor accuracy(const ObjectiveOptions& options, const torch::Tensor& real_logits,
                       const torch::Tensor& fake_logits) {
  const torch::Tensor real_right = realness(options, real_logits).gt(0.5);
  const torch::Tensor fake_right = realness(options, fake_logits).le(0.5);
  return torch::cat({real_right.flatten(), fake_right.flatten()}).to(torch::kFloat).mean();
}

}  // namespace gantrain
