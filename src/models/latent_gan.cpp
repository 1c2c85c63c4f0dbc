#include "models/latent_gan.h"

#include <utility>

#include "models/adversary.h"
#include "models/names.h"

namespace gantrain {
namespace {

class LatentGan : public GanModel {
 public:
  LatentGan(LatentGanParts parts, const ObjectiveOptions& objective, const PenaltyOptions& penalty,
            const AugmentOptions& augment)
      : parts_(std::move(parts)), adversary_(parts_.judge, objective, penalty, "", augment) {
    networks_.insert(kGenerator, parts_.generator);
    networks_.insert(kDiscriminator, parts_.discriminator);
  }

  std::vector<Phase> phases(int64_t step) const override {
    std::vector<Phase> phases = adversary_.phases(step, {kDiscriminator});
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
    const torch::Tensor& reals = context.batch().images;
    const torch::Tensor& fakes = context.shared().at(kFakes);
    if (phase.name == "g") {
      return {{"g", adversary_.generator_loss(fakes, reals, context)}};
    }
    return adversary_.losses(phase, reals, fakes.detach(), context);
  }

  void after_update(const Phase& phase, UpdateContext& update) override {
    if (phase.name != "g") {
      adversary_.adapt(phase, update);
      adversary_.bound_weights(*parts_.discriminator);
    }
  }

  void place_state(torch::Device device, torch::ScalarType type) override {
    adversary_.augmenter().place_state(device, type);
  }

  void visit_state(StateVisitor& visitor) override { adversary_.augmenter().visit_state(visitor); }

 private:
  LatentGanParts parts_;
  Adversary adversary_;
};

}  // namespace

std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty,
                                           const AugmentOptions& augment) {
  return std::make_unique<LatentGan>(std::move(parts), objective, penalty, augment);
}

}  // namespace gantrain
