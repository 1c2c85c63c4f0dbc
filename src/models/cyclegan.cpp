#include "models/cyclegan.h"

#include <algorithm>
#include <any>
#include <utility>

#include "gantrain/models/translation_options.h"

#include "models/adversary.h"
#include "models/image_pool.h"
#include "models/map_network.h"
#include "models/translation_pictures.h"

namespace gantrain {
namespace {

constexpr const char* kThere = "g_ab";
constexpr const char* kBack = "g_ba";
constexpr const char* kFakeImages = "fake_b";
constexpr const char* kFakeInputs = "fake_a";

const CycleganOptions& cyclegan_options_of(const ModelConfig& config) {
  return std::any_cast<const CycleganOptions&>(config.options);
}

MapNetworkPtr build_there(const CycleganOptions& options) {
  return build_translator(options, options.input_channels, options.image_channels);
}

MapNetworkPtr build_back(const CycleganOptions& options) {
  return build_translator(options, options.image_channels, options.input_channels);
}

Adversary::Judge judge_of(const MapNetworkPtr& network) {
  return [network](const Shown& shown) { return Judgement{network->forward(shown.images)}; };
}

class Cyclegan : public GanModel {
 public:
  Cyclegan(const CycleganOptions& options, const ObjectiveOptions& objective,
           const PenaltyOptions& penalty)
      : options_(options),
        g_ab_(build_there(options)),
        g_ba_(build_back(options)),
        d_a_(build_judge(options, options.input_channels)),
        d_b_(build_judge(options, options.image_channels)),
        adversary_a_(judge_of(d_b_), objective, penalty, "_A"),
        adversary_b_(judge_of(d_a_), objective, penalty, "_B"),
        pool_a_(options.pool_size, translation_geometry(options).inputs),
        pool_b_(options.pool_size, translation_geometry(options).images) {
    networks_.insert(kThere, g_ab_);
    networks_.insert(kBack, g_ba_);
    networks_.insert("d_a", d_a_);
    networks_.insert("d_b", d_b_);
  }

  std::vector<Phase> phases(int64_t step) const override {
    std::vector<Phase> phases = {{.name = "g",
                                  .optimizer = "generator",
                                  .networks = {kThere, kBack},
                                  .through_prepare = true}};
    const std::vector<Phase> more = adversary_a_.phases(step, {"d_a", "d_b"});
    phases.insert(phases.end(), more.begin(), more.end());
    return phases;
  }

  void prepare(StepContext& context) override {
    context.shared()[kFakeImages] = translated(*g_ab_, context.batch().inputs, context);
    context.shared()[kFakeInputs] = translated(*g_ba_, context.batch().images, context);
  }

  std::vector<LossTerm> losses(const Phase& phase, StepContext& context) override {
    return phase.name == "g" ? generator_losses(context) : discriminator_losses(phase, context);
  }

  void after_update(const Phase& phase, UpdateContext& update) override {
    if (phase.name == "g") {
      return;
    }
    adversary_a_.bound_weights(*d_b_);
    adversary_b_.bound_weights(*d_a_);
    pool_a_.settle(update.skip);
    pool_b_.settle(update.skip);
  }

  void place_state(torch::Device device, torch::ScalarType type) override {
    pool_a_.place(device, type);
    pool_b_.place(device, type);
  }

  void visit_state(StateVisitor& visitor) override {
    if (options_.pool_size > 0) {
      pool_a_.visit_state(visitor, "pool_a");
      pool_b_.visit_state(visitor, "pool_b");
    }
  }

  std::vector<std::string> generators() const override { return {kThere, kBack}; }

 private:
  std::vector<LossTerm> generator_losses(StepContext& context) {
    const torch::Tensor& a = context.batch().inputs;
    const torch::Tensor& b = context.batch().images;
    const torch::Tensor& fake_a = context.shared().at(kFakeInputs);
    const torch::Tensor& fake_b = context.shared().at(kFakeImages);
    std::vector<LossTerm> terms;
    terms.push_back(
        {"G_A", options_.lambda_gan * adversary_a_.generator_terms({fake_b}, {b}, context).game});
    terms.push_back(
        {"G_B", options_.lambda_gan * adversary_b_.generator_terms({fake_a}, {a}, context).game});
    if (const double weight = options_.lambda_cycle; weight > 0) {
      terms.push_back({"cycle_A", weight * torch::l1_loss(translated(*g_ba_, fake_b, context), a)});
      terms.push_back({"cycle_B", weight * torch::l1_loss(translated(*g_ab_, fake_a, context), b)});
    }
    if (const double weight = options_.lambda_cycle * options_.lambda_identity; weight > 0) {
      terms.push_back({"idt_A", weight * torch::l1_loss(translated(*g_ab_, b, context), b)});
      terms.push_back({"idt_B", weight * torch::l1_loss(translated(*g_ba_, a, context), a)});
    }
    return terms;
  }

  std::vector<LossTerm> discriminator_losses(const Phase& phase, StepContext& context) {
    const torch::Tensor old_b = pooled(pool_b_, kFakeImages, "pool_b", phase, context);
    const torch::Tensor old_a = pooled(pool_a_, kFakeInputs, "pool_a", phase, context);
    return {
        {"D_A", sum_of(adversary_a_.losses(phase, {context.batch().images}, {old_b}, context))},
        {"D_B", sum_of(adversary_b_.losses(phase, {context.batch().inputs}, {old_a}, context))}};
  }

  // The fakes of the phase "d"; a later update on the same batch judges the same ones.
  torch::Tensor pooled(ImagePool& pool, const char* fakes, const std::string& stream,
                       const Phase& phase, StepContext& context) {
    const std::string shown = stream + "_shown";
    const auto known = context.shared().find(shown);
    if (phase.name != "d" && known != context.shared().end()) {
      return known->second;
    }
    const int64_t count = context.batch().size();
    const int64_t choices = std::max<int64_t>(1, options_.pool_size);
    return context.shared()[shown] = pool.exchange(context.shared().at(fakes).detach(),
                                                   context.integers(stream, choices, {count}),
                                                   context.uniform(stream + "_chance", {count}));
  }

  static torch::Tensor sum_of(const std::vector<LossTerm>& terms) {
    torch::Tensor sum = terms.front().value;
    for (size_t i = 1; i < terms.size(); ++i) {
      sum = sum + terms[i].value;
    }
    return sum;
  }

  static torch::Tensor translated(MapNetwork& network, const torch::Tensor& pictures,
                                  StepContext& context) {
    torch::Tensor made;
    {
      const auto precision = context.precision();
      made = network.forward(pictures);
    }
    return made.to(pictures.scalar_type());
  }

  CycleganOptions options_;
  MapNetworkPtr g_ab_, g_ba_, d_a_, d_b_;
  Adversary adversary_a_, adversary_b_;  // of the ways A to B and B to A
  ImagePool pool_a_, pool_b_;            // fakes of each domain
};

}  // namespace

std::unique_ptr<GanModel> build_cyclegan(const ModelConfig& config) {
  return std::make_unique<Cyclegan>(cyclegan_options_of(config), config.objective, config.penalty);
}

NetworkMap build_cyclegan_generator_networks(const ModelConfig& config) {
  NetworkMap networks;
  networks.insert(kThere, build_there(cyclegan_options_of(config)));
  networks.insert(kBack, build_back(cyclegan_options_of(config)));
  return networks;
}

std::unique_ptr<Generator> build_cyclegan_generator(const ModelConfig& config,
                                                    NetworkMap networks) {
  return build_translation_pictures(cyclegan_options_of(config), config.images_at_once, kThere,
                                    kBack, std::move(networks));
}

BatchGeometry cyclegan_geometry(const ModelConfig& config) {
  return translation_geometry(cyclegan_options_of(config));
}

std::optional<ModelConflict> cyclegan_conflict(const ModelConfig& config) {
  return translation_conflict(cyclegan_options_of(config), config);
}

}  // namespace gantrain
