#include "models/dcgan.h"

#include <any>
#include <utility>

#include "gantrain/losses/objective.h"
#include "gantrain/models/dcgan_options.h"

#include "models/dcgan_networks.h"

namespace gantrain {
namespace {

constexpr const char* kGenerator = "generator";
constexpr const char* kDiscriminator = "discriminator";
constexpr const char* kFakes = "fakes";

class Dcgan : public GanModel {
 public:
  Dcgan(const DcganOptions& options, const ObjectiveOptions& objective)
      : latent_dim_(options.latent_dim),
        objective_(objective),
        generator_(options),
        discriminator_(options) {
    networks_.insert(kGenerator, generator_.ptr());
    networks_.insert(kDiscriminator, discriminator_.ptr());
  }

  std::vector<Phase> phases(int64_t) const override {
    return {
        {.name = "d", .optimizer = kDiscriminator, .networks = {kDiscriminator}},
        {.name = "g", .optimizer = kGenerator, .networks = {kGenerator}, .through_prepare = true}};
  }

  void prepare(StepContext& context) override {
    const torch::Tensor z = context.normal("z", {context.batch().size(), latent_dim_});
    const auto precision = context.precision();
    context.shared()[kFakes] = generator_->forward(z);
  }

  std::vector<LossTerm> losses(const Phase& phase, StepContext& context) override {
    return phase.name == "d" ? discriminator_losses(context) : generator_losses(context);
  }

 private:
  std::vector<LossTerm> discriminator_losses(StepContext& context) {
    const torch::Tensor real_logits = judge(context.batch().images, context);
    const torch::Tensor fake_logits = judge(context.shared().at(kFakes).detach(), context);
    context.report("D(x)", realness(objective_, real_logits).mean());
    context.report("D(G(z))", realness(objective_, fake_logits).mean());
    context.report("D_accuracy", accuracy(objective_, real_logits, fake_logits));
    return {{"d_real", discriminator_real_loss(objective_, real_logits)},
            {"d_fake", discriminator_fake_loss(objective_, fake_logits)}};
  }

  std::vector<LossTerm> generator_losses(StepContext& context) {
    const torch::Tensor fake_logits = judge(context.shared().at(kFakes), context);
    context.report("D(G(z))_after", realness(objective_, fake_logits).mean());
    return {{"g", generator_loss(objective_, fake_logits)}};
  }

  torch::Tensor judge(const torch::Tensor& images, StepContext& context) {
    const auto precision = context.precision();
    const torch::Tensor logits = discriminator_->forward(images);
    return logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
  }

  int64_t latent_dim_;
  ObjectiveOptions objective_;
  DcganGenerator generator_;
  DcganDiscriminator discriminator_;
};

class DcganPictures : public Generator {
 public:
  DcganPictures(int64_t latent_dim, NetworkMap networks)
      : latent_dim_(latent_dim), networks_(std::move(networks)) {}

  torch::Tensor run(const GeneratorInput& input) override {
    torch::NoGradGuard no_grad;
    auto& network = *networks_[kGenerator]->as<DcganGeneratorImpl>();
    const bool training = network.is_training();
    network.eval();
    torch::Tensor images = network.forward(input.z);
    network.train(training);
    return images.to(torch::kFloat);
  }

  int64_t latent_dim() const override { return latent_dim_; }

 private:
  int64_t latent_dim_;
  NetworkMap networks_;
};

const DcganOptions& options_of(const ModelConfig& config) {
  return std::any_cast<const DcganOptions&>(config.options);
}

}  // namespace

std::unique_ptr<GanModel> build_dcgan(const ModelConfig& config) {
  return std::make_unique<Dcgan>(options_of(config), config.objective);
}

NetworkMap build_dcgan_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kGenerator, DcganGenerator(options_of(config)).ptr());
  return networks;
}

std::unique_ptr<Generator> build_dcgan_generator(const ModelConfig& config, NetworkMap networks) {
  return std::make_unique<DcganPictures>(options_of(config).latent_dim, std::move(networks));
}

ImageGeometry dcgan_geometry(const ModelConfig& config) {
  const DcganOptions& options = options_of(config);
  return {options.image_channels, options.resolution, options.resolution};
}

}  // namespace gantrain
