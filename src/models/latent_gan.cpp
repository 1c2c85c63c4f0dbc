#include "models/latent_gan.h"

#include <utility>

#include "models/adversary.h"

namespace gantrain {
namespace {

constexpr const char* kGenerator = "generator";
constexpr const char* kDiscriminator = "discriminator";
constexpr const char* kFakes = "fakes";

class LatentGan : public GanModel {
 public:
  LatentGan(LatentGanParts parts, const ObjectiveOptions& objective, const PenaltyOptions& penalty)
      : parts_(std::move(parts)), adversary_(parts_.judge, objective, penalty) {
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

  void after_update(const Phase& phase, UpdateContext&) override {
    if (phase.name != "g") {
      adversary_.bound_weights(*parts_.discriminator);
    }
  }

 private:
  LatentGanParts parts_;
  Adversary adversary_;
};

}  // namespace

std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty) {
  return std::make_unique<LatentGan>(std::move(parts), objective, penalty);
}

}  // namespace gantrain
