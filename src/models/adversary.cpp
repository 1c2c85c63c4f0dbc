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

torch::Tensor in_full(const torch::Tensor& logits) {
  const bool full = !logits.defined() || logits.scalar_type() == torch::kDouble;
  return full ? logits : logits.to(torch::kFloat);
}

// The same with images whose gradient can be asked for.
Shown with_gradient(const Shown& shown) {
  return {shown.images.detach().requires_grad_(), shown.labels};
}

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

std::vector<LossTerm> Adversary::losses(const Phase& phase, const Shown& reals, const Shown& fakes,
                                        StepContext& context) const {
  if (phase.name == kPenaltyPhase) {
    return penalties(judged(phase, reals, fakes, context, true), context);
  }
  const bool with_penalties = penalty_.interval == 1 && uses_gradients(penalty_);
  const Judged batch = judged(phase, reals, fakes, context, with_penalties);
  const torch::Tensor& real_logits = batch.of_reals.logits;
  const torch::Tensor& fake_logits = batch.of_fakes.logits;
  report("(x)", realness(objective_, real_logits).mean(), context);
  report("(G(z))", realness(objective_, fake_logits).mean(), context);
  report("_accuracy", accuracy(objective_, real_logits, fake_logits), context);
  if (augmenter_.adaptive()) {
    report(kSign, mean_sign(objective_, real_logits), context);
    context.report("augment_p", augmenter_.probability().clone());
  }
  std::vector<LossTerm> terms =
      discriminator_loss(objective_, real_logits, fake_logits, targets(context));
  if (lambda_class_ > 0) {
    terms.push_back({"d_class_real", class_term(batch.of_reals, reals.labels, "(x)", context)});
    terms.push_back({"d_class_fake", class_term(batch.of_fakes, fakes.labels, "(G(z))", context)});
  }
  if (with_penalties) {
    std::vector<LossTerm> more = penalties(batch, context);
    terms.insert(terms.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return terms;
}

Adversary::GeneratorTerms Adversary::generator_terms(const Shown& fakes, const Shown& reals,
                                                     StepContext& context) const {
  const Judgement of_fakes = judge(augmented(fakes, "g/fakes", context), context);
  torch::Tensor real_logits;
  if (compares()) {
    torch::NoGradGuard no_grad;
    real_logits = judge(augmented(reals, "g/reals", context), context).logits;
  }
  report("(G(z))_after", realness(objective_, of_fakes.logits).mean(), context);
  GeneratorTerms terms{generator_loss(objective_, of_fakes.logits, real_logits), {}};
  if (lambda_class_ > 0) {
    terms.classes = class_term(of_fakes, fakes.labels, "(G(z))_after", context);
  }
  return terms;
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
Adversary::Judged Adversary::judged(const Phase& phase, const Shown& reals, const Shown& fakes,
                                    StepContext& context, bool for_penalties) const {
  Judged result{reals, fakes, {}, {}, {}, {}};
  if (for_penalties && penalty_.r1_gamma > 0) {
    result.reals = with_gradient(reals);
  }
  if (for_penalties && penalty_.r2_gamma > 0) {
    result.fakes = with_gradient(fakes);
  }
  result.augmented_reals = augmented(result.reals, phase.name + "/reals", context);
  result.augmented_fakes = augmented(result.fakes, phase.name + "/fakes", context);
  if (fakes_first_) {
    result.of_fakes = judge(result.augmented_fakes, context);
  }
  result.of_reals = judge(result.augmented_reals, context);
  if (!fakes_first_) {
    result.of_fakes = judge(result.augmented_fakes, context);
  }
  return result;
}

torch::Tensor Adversary::class_term(const Judgement& judgement, const torch::Tensor& labels,
                                    const std::string& what, StepContext& context) const {
  const torch::Tensor& logits = judgement.class_logits;
  report("_class_accuracy" + what, logits.argmax(1).eq(labels).to(logits.scalar_type()).mean(),
         context);
  return lambda_class_ * torch::cross_entropy_loss(logits, labels);
}

std::vector<LossTerm> Adversary::penalties(const Judged& batch, StepContext& context) const {
  std::vector<LossTerm> terms;
  const auto times = static_cast<double>(penalty_.interval);
  if (penalty_.gradient != GradientPenalty::kNone) {
    // Points between images of two classes stand for the real's.
    const Shown points = with_gradient({penalty_points(batch, context), batch.reals.labels});
    const torch::Tensor norms =
        squared_gradient_norms(judge(points, context).logits, points.images);
    terms.push_back({"d_gp", times * penalty_.lambda_gp * unit_gradient_penalty(norms)});
    report("_slope", norms.detach().sqrt().mean(), context);
  }
  if (penalty_.r1_gamma > 0) {
    const torch::Tensor norms = squared_gradient_norms(batch.of_reals.logits, batch.reals.images);
    terms.push_back({"d_r1", times * penalty_.r1_gamma * zero_gradient_penalty(norms)});
  }
  if (penalty_.r2_gamma > 0) {
    const torch::Tensor norms = squared_gradient_norms(batch.of_fakes.logits, batch.fakes.images);
    terms.push_back({"d_r2", times * penalty_.r2_gamma * zero_gradient_penalty(norms)});
  }
  return terms;
}

torch::Tensor Adversary::penalty_points(const Judged& batch, StepContext& context) const {
  if (penalty_.gradient == GradientPenalty::kDragan) {
    const torch::Tensor& images = batch.augmented_reals.images;
    return points_around(images, context.uniform("dragan" + suffix_, images.sizes()));
  }
  return points_between(batch.augmented_reals.images, batch.augmented_fakes.images,
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

Shown Adversary::augmented(const Shown& shown, const std::string& stream,
                           StepContext& context) const {
  return {augmenter_.shown(shown.images, stream + suffix_, context), shown.labels};
}

Judgement Adversary::judge(const Shown& shown, StepContext& context) const {
  const auto precision = context.precision();
  const Judgement said = judge_(shown);
  return {in_full(said.logits), in_full(said.class_logits)};
}

void Adversary::report(const std::string& what, const torch::Tensor& value,
                       StepContext& context) const {
  context.report("D" + suffix_ + what, value);
}

}  // namespace gantrain
