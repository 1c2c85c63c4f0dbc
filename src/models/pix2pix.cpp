#include "models/pix2pix.h"

#include <any>
#include <utility>

#include "gantrain/models/translation_options.h"

#include "models/adversary.h"
#include "models/kept_input.h"
#include "models/map_network.h"
#include "models/names.h"
#include "models/translation_pictures.h"

namespace gantrain {
namespace {

const Pix2pixOptions& pix2pix_options_of(const ModelConfig& config) {
  return std::any_cast<const Pix2pixOptions&>(config.options);
}

MapNetworkPtr build_translator(const Pix2pixOptions& options) {
  return build_translator(options, options.input_channels, options.image_channels);
}

MapNetworkPtr build_judge(const Pix2pixOptions& options) {
  return build_judge(options,
                     options.image_channels + (options.conditional ? options.input_channels : 0));
}

class Pix2pix : public GanModel {
 public:
  Pix2pix(const Pix2pixOptions& options, const ObjectiveOptions& objective,
          const PenaltyOptions& penalty)
      : options_(options),
        generator_(build_translator(options)),
        discriminator_(build_judge(options)),
        adversary_([network = discriminator_](
                       const Shown& shown) { return Judgement{network->forward(shown.images)}; },
                   objective, penalty) {
    adversary_.judge_fakes_first();
    networks_.insert(kGenerator, generator_);
    networks_.insert(kDiscriminator, discriminator_);
  }

  std::vector<Phase> phases(int64_t step) const override {
    std::vector<Phase> phases = adversary_.phases(step, {kDiscriminator});
    phases.push_back(
        {.name = "g", .optimizer = kGenerator, .networks = {kGenerator}, .through_prepare = true});
    return phases;
  }

  void prepare(StepContext& context) override {
    const torch::Tensor& inputs = context.batch().inputs;
    torch::Tensor fakes;
    {
      const auto precision = context.precision();
      fakes = generator_->forward(inputs);
    }
    context.shared()[kFakes] =
        with_kept_input(options_, inputs, fakes.to(context.batch().images.scalar_type()));
  }

  std::vector<LossTerm> losses(const Phase& phase, StepContext& context) override {
    const torch::Tensor& fakes = context.shared().at(kFakes);
    if (phase.name == "g") {
      return generator_losses(fakes, context);
    }
    std::vector<LossTerm> terms = adversary_.losses(phase, {shown(context.batch().images, context)},
                                                    {shown(fakes.detach(), context)}, context);
    for (LossTerm& term : terms) {
      term.name.front() = 'D';  // D_real, D_fake, as the authors' program calls them
    }
    return terms;
  }

  void after_update(const Phase& phase, UpdateContext&) override {
    if (phase.name != "g") {
      adversary_.bound_weights(*discriminator_);
    }
  }

 private:
  std::vector<LossTerm> generator_losses(const torch::Tensor& fakes, StepContext& context) {
    const torch::Tensor& images = context.batch().images;
    std::vector<LossTerm> terms;
    if (options_.lambda_gan > 0) {
      const torch::Tensor reals = adversary_.compares() ? shown(images, context) : torch::Tensor();
      terms.push_back(
          {"G_GAN",
           options_.lambda_gan *
               adversary_.generator_terms({shown(fakes, context)}, {reals}, context).game});
    }
    if (options_.lambda_l1 > 0) {
      terms.push_back({"G_L1", options_.lambda_l1 * torch::l1_loss(fakes, images)});
    }
    return terms;
  }

  // What D sees of images.
  torch::Tensor shown(const torch::Tensor& images, StepContext& context) const {
    if (!options_.conditional) {
      return images;
    }
    torch::Tensor inputs = context.batch().inputs;
    if (options_.scale > 1) {
      inputs = torch::upsample_nearest2d(inputs, images.sizes().slice(2));
    }
    return torch::cat({inputs, images}, 1);
  }

  Pix2pixOptions options_;
  MapNetworkPtr generator_;
  MapNetworkPtr discriminator_;
  Adversary adversary_;
};

}  // namespace

std::unique_ptr<GanModel> build_pix2pix(const ModelConfig& config) {
  return std::make_unique<Pix2pix>(pix2pix_options_of(config), config.objective, config.penalty);
}

NetworkMap build_pix2pix_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kGenerator, build_translator(pix2pix_options_of(config)));
  return networks;
}

std::unique_ptr<Generator> build_pix2pix_generator(const ModelConfig& config, NetworkMap networks) {
  return build_translation_pictures(pix2pix_options_of(config), config.images_at_once, kGenerator,
                                    "", std::move(networks));
}

BatchGeometry pix2pix_geometry(const ModelConfig& config) {
  BatchGeometry geometry = translation_geometry(pix2pix_options_of(config));
  geometry.pairs = true;
  return geometry;
}

std::optional<ModelConflict> pix2pix_conflict(const ModelConfig& config) {
  return translation_conflict(pix2pix_options_of(config), config);
}

}  // namespace gantrain
