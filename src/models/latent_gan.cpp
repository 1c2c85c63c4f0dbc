#include "models/latent_gan.h"

#include <iterator>
#include <utility>

#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>

namespace gantrain {
namespace {

constexpr const char* kDiscriminator = "discriminator";
constexpr const char* kFakes = "fakes";
constexpr const char* kPenaltyPhase = "d_penalty";

class LatentGan : public GanModel {
 public:
  LatentGan(LatentGanParts parts, const ObjectiveOptions& objective, const PenaltyOptions& penalty)
      : parts_(std::move(parts)), objective_(objective), penalty_(penalty) {
    networks_.insert(kGenerator, parts_.generator);
    networks_.insert(kDiscriminator, parts_.discriminator);
  }

  std::vector<Phase> phases(int64_t step) const override {
    std::vector<Phase> phases = {{.name = "d",
                                  .optimizer = kDiscriminator,
                                  .networks = {kDiscriminator},
                                  .repeats = critic_updates(objective_, step)}};
    if (penalty_.interval > 1) {
      phases.push_back({.name = kPenaltyPhase,
                        .optimizer = kDiscriminator,
                        .networks = {kDiscriminator},
                        .interval = penalty_.interval});
    }
    phases.push_back(
        {.name = "g", .optimizer = kGenerator, .networks = {kGenerator}, .through_prepare = true});
    return phases;
  }

  void prepare(StepContext& context) override {
    const torch::Tensor z = context.normal("z", {context.batch().size(), parts_.latent_dim});
    const auto precision = context.precision();
    context.shared()[kFakes] = parts_.generate(z);
  }

  std::vector<LossTerm> losses(const Phase& phase, StepContext& context) override {
    if (phase.name == "g") {
      return generator_losses(context);
    }
    return phase.name == kPenaltyPhase ? penalties(judged(context, true), context)
                                       : discriminator_losses(context);
  }

  void after_update(const Phase& phase, UpdateContext&) override {
    if (phase.name != "g" && penalty_.weight_clip > 0) {
      const std::vector<torch::Tensor> weights = parts_.discriminator->parameters();
      at::_foreach_clamp_min_(weights, -penalty_.weight_clip);
      at::_foreach_clamp_max_(weights, penalty_.weight_clip);
    }
  }

 private:
  // Images and what D makes of them.
  struct Judged {
    torch::Tensor reals, fakes;
    torch::Tensor real_logits, fake_logits;
  };

  // For penalties D's gradient with regard to the images is asked for.
  Judged judged(StepContext& context, bool for_penalties) {
    Judged result;
    result.reals = context.batch().images;
    result.fakes = context.shared().at(kFakes).detach();
    if (for_penalties && penalty_.r1_gamma > 0) {
      result.reals = result.reals.detach().requires_grad_();
    }
    if (for_penalties && penalty_.r2_gamma > 0) {
      result.fakes = result.fakes.detach().requires_grad_();
    }
    result.real_logits = judge(result.reals, context);
    result.fake_logits = judge(result.fakes, context);
    return result;
  }

  std::vector<LossTerm> discriminator_losses(StepContext& context) {
    const bool with_penalties = penalty_.interval == 1 && uses_gradients(penalty_);
    const Judged batch = judged(context, with_penalties);
    context.report("D(x)", realness(objective_, batch.real_logits).mean());
    context.report("D(G(z))", realness(objective_, batch.fake_logits).mean());
    context.report("D_accuracy", accuracy(objective_, batch.real_logits, batch.fake_logits));
    std::vector<LossTerm> terms =
        discriminator_loss(objective_, batch.real_logits, batch.fake_logits, targets(context));
    if (with_penalties) {
      std::vector<LossTerm> more = penalties(batch, context);
      terms.insert(terms.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
    }
    return terms;
  }

  std::vector<LossTerm> penalties(const Judged& batch, StepContext& context) {
    std::vector<LossTerm> terms;
    const auto times = static_cast<double>(penalty_.interval);
    if (penalty_.gradient != GradientPenalty::kNone) {
      const torch::Tensor points = penalty_points(batch, context).detach().requires_grad_();
      const torch::Tensor norms = squared_gradient_norms(judge(points, context), points);
      terms.push_back({"d_gp", times * penalty_.lambda_gp * unit_gradient_penalty(norms)});
      context.report("D_slope", norms.detach().sqrt().mean());
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

  torch::Tensor penalty_points(const Judged& batch, StepContext& context) {
    if (penalty_.gradient == GradientPenalty::kDragan) {
      return points_around(batch.reals, context.uniform("dragan", batch.reals.sizes()));
    }
    return points_between(batch.reals, batch.fakes,
                          context.uniform("wgan_gp", {context.batch().size()}));
  }

  std::vector<LossTerm> generator_losses(StepContext& context) {
    const torch::Tensor fake_logits = judge(context.shared().at(kFakes), context);
    torch::Tensor real_logits;
    if (generator_sees_reals(objective_)) {
      torch::NoGradGuard no_grad;
      real_logits = judge(context.batch().images, context);
    }
    context.report("D(G(z))_after", realness(objective_, fake_logits).mean());
    return {{"g", generator_loss(objective_, fake_logits, real_logits)}};
  }

  LabelTargets targets(StepContext& context) {
    if (!draws_labels(objective_)) {
      return {};
    }
    const int64_t count = context.batch().size();
    return label_targets(objective_, context.uniform("label_noise", {count, 2}),
                         context.uniform("label_flip", {count, 2}));
  }

  torch::Tensor judge(const torch::Tensor& images, StepContext& context) {
    const auto precision = context.precision();
    const torch::Tensor logits = parts_.judge(images);
    return logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
  }

  LatentGanParts parts_;
  ObjectiveOptions objective_;
  PenaltyOptions penalty_;
};

}  // namespace

std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty) {
  return std::make_unique<LatentGan>(std::move(parts), objective, penalty);
}

}  // namespace gantrain
