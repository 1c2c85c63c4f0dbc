#include "models/example_gan.h"

#include <any>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/losses/objective.h"

namespace gantrain {
namespace {

constexpr const char* kGenerator = "generator";
constexpr const char* kDiscriminator = "discriminator";
constexpr const char* kFakes = "fakes";
constexpr double kSlope = 0.2;

int64_t values_per_image(const ExampleGanOptions& options) {
  return options.image_channels * options.resolution * options.resolution;
}

const ExampleGanOptions& options_of(const ModelConfig& config) {
  return std::any_cast<const ExampleGanOptions&>(config.options);
}

}  // namespace

// [options]
const OptionTable& example_gan_options() {
  using O = ExampleGanOptions;
  static const OptionTable table = OptionTable::of<O>(
      "Two dense layers on each side, for tiny images.",
      {
          integer("resolution", &O::resolution, "Side of the square images.").range(1, 64),
          integer("image_channels", &O::image_channels, "1 for grey, 3 for colour.").range(1, 4),
          integer("latent_dim", &O::latent_dim, "Size of the latent vector z.").range(1, 4096),
          integer("hidden_width", &O::hidden_width, "Width of the hidden layers.").range(1, 8192),
      });
  return table;
}
// [options]

// [networks]
ExampleGeneratorImpl::ExampleGeneratorImpl(const ExampleGanOptions& options)
    : main_(torch::nn::Linear(options.latent_dim, options.hidden_width), torch::nn::ReLU(),
            torch::nn::Linear(options.hidden_width, values_per_image(options)), torch::nn::Tanh(),
            torch::nn::Unflatten(torch::nn::UnflattenOptions(
                1, {options.image_channels, options.resolution, options.resolution}))) {
  register_module("main", main_);
}

torch::Tensor ExampleGeneratorImpl::forward(const torch::Tensor& z) {
  return main_->forward(z);
}

ExampleDiscriminatorImpl::ExampleDiscriminatorImpl(const ExampleGanOptions& options)
    : main_(torch::nn::Flatten(),
            torch::nn::Linear(values_per_image(options), options.hidden_width),
            torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(kSlope)),
            torch::nn::Linear(options.hidden_width, 1)) {
  register_module("main", main_);
}

torch::Tensor ExampleDiscriminatorImpl::forward(const torch::Tensor& images) {
  return main_->forward(images).flatten();
}
// [networks]

namespace {

// [model]
class ExampleGan : public GanModel {
 public:
  ExampleGan(const ExampleGanOptions& options, const ObjectiveOptions& objective)
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
    const torch::Tensor& fakes = context.shared().at(kFakes);
    const torch::Tensor real_logits = judge(context.batch().images, context);
    if (phase.name == "g") {
      return {{"g", generator_loss(objective_, judge(fakes, context), real_logits)}};
    }
    const torch::Tensor fake_logits = judge(fakes.detach(), context);
    context.report("D(x)", realness(objective_, real_logits).mean());
    context.report("D(G(z))", realness(objective_, fake_logits).mean());
    return discriminator_loss(objective_, real_logits, fake_logits);
  }

 private:
  // The loss functions turn bf16 logits into float32 themselves.
  torch::Tensor judge(const torch::Tensor& images, StepContext& context) {
    const auto precision = context.precision();
    return discriminator_->forward(images);
  }

  int64_t latent_dim_;
  ObjectiveOptions objective_;
  ExampleGenerator generator_;
  ExampleDiscriminator discriminator_;
};
// [model]

// [pictures]
class ExamplePictures : public Generator {
 public:
  ExamplePictures(int64_t latent_dim, NetworkMap networks)
      : latent_dim_(latent_dim), networks_(std::move(networks)) {}

  torch::Tensor run(const GeneratorInput& input) override {
    torch::NoGradGuard no_grad;  // eval mode would change nothing: no norm, no dropout
    return networks_[kGenerator]->as<ExampleGeneratorImpl>()->forward(input.z).to(torch::kFloat);
  }

  int64_t latent_dim() const override { return latent_dim_; }

 private:
  int64_t latent_dim_;
  NetworkMap networks_;
};
// [pictures]

}  // namespace

// [row]
std::unique_ptr<GanModel> build_example_gan(const ModelConfig& config) {
  return std::make_unique<ExampleGan>(options_of(config), config.objective);
}

NetworkMap build_example_gan_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kGenerator, ExampleGenerator(options_of(config)).ptr());
  return networks;
}

std::unique_ptr<Generator> build_example_gan_generator(const ModelConfig& config,
                                                       NetworkMap networks) {
  return std::make_unique<ExamplePictures>(options_of(config).latent_dim, std::move(networks));
}

BatchGeometry example_gan_geometry(const ModelConfig& config) {
  const ExampleGanOptions& options = options_of(config);
  return {.images = {options.image_channels, options.resolution, options.resolution}};
}
// [row]

}  // namespace gantrain
