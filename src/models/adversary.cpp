#include "models/adversary.h"

#include <iterator>
#include <utility>

#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>

#include "models/names.h"

namespace gantrain {
namespace {

constexpr const char* kGamePhase = "d";
constexpr const char* kPenaltyPhase = "d_penalty";
constexpr const char* kSign = "_sign";

}  // namespace

Adversary::Adversary(Judge judge, const ObjectiveOptions& objective, const PenaltyOptions& penalty,
                     std::string suffix, const AugmentOptions& augment)
    : judge_(std::move(judge)),
      objective_(objective),
      penalty_(penalty),
      suffix_(std::move(suffix)),
      augmenter_(augment) {}

std::vector<Phase> Adversary::phases(int64_t step, const std::vector<std::string>& networks) const {
  std::vector<Phase> phases = {{.name = kGamePhase,
                                .optimizer = kDiscriminator,
                                .networks = networks,
                                .repeats = critic_updates(objective_, step)}};
  if (penalty_.interval > 1) {
    phases.push_back({.name = kPenaltyPhase,
                      .optimizer = kDiscriminator,
                      .networks = networks,
                      .interval = penalty_.interval});
  }
  return phases;
}

std::vector<LossTerm> Adversary::losses(const Phase& phase, const torch::Tensor& reals,
                                        const torch::Tensor& fakes, StepContext& context) const {
  if (phase.name == kPenaltyPhase) {
    return penalties(judged(phase, reals, fakes, context, true), context);
  }
  const bool with_penalties = penalty_.interval == 1 && uses_gradients(penalty_);
  const Judged batch = judged(phase, reals, fakes, context, with_penalties);
  report("(x)", realness(objective_, batch.real_logits).mean(), context);
  report("(G(z))", realness(objective_, batch.fake_logits).mean(), context);
  report("_accuracy", accuracy(objective_, batch.real_logits, batch.fake_logits), context);
  if (augmenter_.adaptive()) {
    report(kSign, mean_sign(objective_, batch.real_logits), context);
    context.report("augment_p", augmenter_.probability().clone());
  }
  std::vector<LossTerm> terms =
      discriminator_loss(objective_, batch.real_logits, batch.fake_logits, targets(context));
  if (with_penalties) {
    std::vector<LossTerm> more = penalties(batch, context);
    terms.insert(terms.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return terms;
}

torch::Tensor Adversary::generator_loss(const torch::Tensor& fakes, const torch::Tensor& reals,
                                        StepContext& context) const {
  const torch::Tensor fake_logits = judge(shown(fakes, "g/fakes", context), context);
  torch::Tensor real_logits;
  if (compares()) {
    torch::NoGradGuard no_grad;
    real_logits = judge(shown(reals, "g/reals", context), context);
  }
  report("(G(z))_after", realness(objective_, fake_logits).mean(), context);
  return gantrain::generator_loss(objective_, fake_logits, real_logits);
}

void Adversary::adapt(const Phase& phase, const UpdateContext& update) {
  if (augmenter_.adaptive() && phase.name == kGamePhase) {
    augmenter_.adapt(update.reports.at("Report/D" + suffix_ + kSign), update);
  }
}

void Adversary::bound_weights(torch::nn::Module& discriminator) const {
  if (penalty_.weight_clip > 0) {
    std::vector<torch::Tensor> weights = discriminator.parameters();
    std::erase_if(weights, [](const torch::Tensor& each) { return !each.requires_grad(); });
    at::_foreach_clamp_min_(weights, -penalty_.weight_clip);
    at::_foreach_clamp_max_(weights, penalty_.weight_clip);
  }
}

// For penalties D's gradient with regard to the images, before their augmentation, is asked for.
Adversary::Judged Adversary::judged(const Phase& phase, const torch::Tensor& reals,
                                    const torch::Tensor& fakes, StepContext& context,
                                    bool for_penalties) const {
  Judged result{reals, fakes, {}, {}, {}, {}};
  if (for_penalties && penalty_.r1_gamma > 0) {
    result.reals = reals.detach().requires_grad_();
  }
  if (for_penalties && penalty_.r2_gamma > 0) {
    result.fakes = fakes.detach().requires_grad_();
  }
  result.shown_reals = shown(result.reals, phase.name + "/reals", context);
  result.shown_fakes = shown(result.fakes, phase.name + "/fakes", context);
  if (fakes_first_) {
    result.fake_logits = judge(result.shown_fakes, context);
  }
  result.real_logits = judge(result.shown_reals, context);
  if (!fakes_first_) {
    result.fake_logits = judge(result.shown_fakes, context);
  }
  return result;
}

std::vector<LossTerm> Adversary::penalties(const Judged& batch, StepContext& context) const {
  std::vector<LossTerm> terms;
  const auto times = static_cast<double>(penalty_.interval);
  if (penalty_.gradient != GradientPenalty::kNone) {
    const torch::Tensor points = penalty_points(batch, context).detach().requires_grad_();
    const torch::Tensor norms = squared_gradient_norms(judge(points, context), points);
    terms.push_back({"d_gp", times * penalty_.lambda_gp * unit_gradient_penalty(norms)});
    report("_slope", norms.detach().sqrt().mean(), context);
  }
  if (penalty_.r1_gamma > 0) {
    const torch::Tensor norms = squared_gradient_norms(batch.real_logits, batch.reals);
    terms.push_back({"d_r1", times * penalty_.r1_gamma * zero_gradient_penalty(norms)});
  }
  if (penalty_.r2_gamma > 0) {
    const torch::Tensor norms = squared_gradient_norms(batch.fake_logits, batch.fakes);
    terms.push_back({"d_r2", times * penalty_.r2_gamma * zero_gradient_penalty(norms)});
  }
  return terms;
}

torch::Tensor Adversary::penalty_points(const Judged& batch, StepContext& context) const {
  if (penalty_.gradient == GradientPenalty::kDragan) {
    return points_around(batch.shown_reals,
                         context.uniform("dragan" + suffix_, batch.reals.sizes()));
  }
  return points_between(batch.shown_reals, batch.shown_fakes,
                        context.uniform("wgan_gp" + suffix_, {context.batch().size()}));
}

LabelTargets Adversary::targets(StepContext& context) const {
  if (!draws_labels(objective_)) {
    return {};
  }
  const int64_t count = context.batch().size();
  return label_targets(objective_, context.uniform("label_noise" + suffix_, {count, 2}),
                       context.uniform("label_flip" + suffix_, {count, 2}));
}

torch::Tensor Adversary::shown(const torch::Tensor& images, const std::string& stream,
                               StepContext& context) const {
  return augmenter_.shown(images, stream + suffix_, context);
}

torch::Tensor Adversary::judge(const torch::Tensor& images, StepContext& context) const {
  const auto precision = context.precision();
  const torch::Tensor logits = judge_(images);
  return logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
}

void Adversary::report(const std::string& what, const torch::Tensor& value,
                       StepContext& context) const {
  context.report("D" + suffix_ + what, value);
}

}  // namespace gantrain
