#include "models/latent_gan.h"

#include <utility>

#include "models/names.h"

namespace gantrain {
namespace {

class LatentGan : public GanModel {
 public:
  LatentGan(LatentGanParts parts, const ObjectiveOptions& objective, const PenaltyOptions& penalty,
            const AugmentOptions& augment)
      : parts_(std::move(parts)), adversary_(parts_.judge, objective, penalty, "", augment) {
    adversary_.teach_classes(parts_.lambda_class);
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
    const int64_t count = context.batch().size();
    const torch::Tensor z = context.normal("z", {count, parts_.latent_dim});
    torch::Tensor labels;
    if (parts_.classes > 0) {
      labels = context.integers(kLabels, parts_.classes, {count});
      context.shared()[kLabels] = labels;
    }
    const auto precision = context.precision();
    context.shared()[kFakes] = parts_.generate(z, labels);
  }

  std::vector<LossTerm> losses(const Phase& phase, StepContext& context) override {
    const torch::Tensor& images = context.shared().at(kFakes);
    Shown reals{context.batch().images};
    Shown fakes{phase.name == "g" ? images : images.detach()};
    if (parts_.classes > 0) {
      reals.labels = context.batch().labels;
      fakes.labels = context.shared().at(kLabels);
    }
    return phase.name == "g" ? generator_losses(fakes, reals, context)
                             : adversary_.losses(phase, reals, fakes, context);
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
  std::vector<LossTerm> generator_losses(const Shown& fakes, const Shown& reals,
                                         StepContext& context) const {
    const Adversary::GeneratorTerms told = adversary_.generator_terms(fakes, reals, context);
    std::vector<LossTerm> terms = {{"g", told.game}};
    if (told.classes.defined()) {
      terms.push_back({"g_class", told.classes});
    }
    return terms;
  }

  LatentGanParts parts_;
  Adversary adversary_;
};

class LatentPictures : public Generator {
 public:
  LatentPictures(NetworkMap networks, Generate generate, int64_t latent_dim, int64_t classes)
      : networks_(std::move(networks)),
        generate_(std::move(generate)),
        latent_dim_(latent_dim),
        classes_(classes) {}

  torch::Tensor run(const GeneratorInput& input) override {
    TORCH_CHECK(classes_ == 0 || input.labels.defined(), "a conditional generator needs labels");
    torch::NoGradGuard no_grad;
    torch::nn::Module& network = *networks_[kGenerator];
    const bool training = network.is_training();
    network.eval();
    const torch::Tensor images = generate_(input.z, input.labels);
    network.train(training);
    return images.to(torch::kFloat);
  }

  int64_t latent_dim() const override { return latent_dim_; }
  int64_t classes() const override { return classes_; }

 private:
  NetworkMap networks_;
  Generate generate_;
  int64_t latent_dim_;
  int64_t classes_;
};

}  // namespace

std::unique_ptr<GanModel> build_latent_gan(LatentGanParts parts, const ObjectiveOptions& objective,
                                           const PenaltyOptions& penalty,
                                           const AugmentOptions& augment) {
  return std::make_unique<LatentGan>(std::move(parts), objective, penalty, augment);
}

std::unique_ptr<Generator> build_latent_pictures(NetworkMap networks, Generate generate,
                                                 int64_t latent_dim, int64_t classes) {
  return std::make_unique<LatentPictures>(std::move(networks), std::move(generate), latent_dim,
                                          classes);
}

}  // namespace gantrain
