// Eight Gaussians on a ring, the toy on which the cures for lost modes are shown: the recipes that
// should cover all modes do so, each on three seeds, through the whole of a run's own steps.

#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "gantrain/training/pictures.h"

#include "data/points_dataset.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

constexpr int64_t kSamples = 4000;

struct Recipe {
  std::string name;
  std::vector<std::string> words;
};

struct Coverage {
  int64_t modes = 0;  // with at least a quarter of their share of good points
  double good = 0;    // share of points within three sigma of a centre
};

// points [N, 2].
Coverage coverage_of(const torch::Tensor& points, const PointsOptions& ring) {
  const torch::Tensor angles =
      torch::arange(ring.modes) * (2 * M_PI / static_cast<double>(ring.modes));
  const torch::Tensor centres = ring.radius * torch::stack({angles.cos(), angles.sin()}, 1);
  const auto [nearest, mode] = torch::cdist(points, centres).min(1);
  const torch::Tensor good = nearest < 3 * ring.sigma;
  const torch::Tensor counts = torch::bincount(mode.masked_select(good), {}, ring.modes);
  const auto fair = static_cast<double>(points.size(0)) / static_cast<double>(ring.modes);
  return {(counts >= fair / 4).sum().item<int64_t>(), good.to(torch::kFloat).mean().item<double>()};
}

Coverage train(const Recipe& recipe, int64_t seed) {
  std::vector<std::string> words = recipe.words;
  words.push_back("seed=" + std::to_string(seed));
  const RunConfig config = load_run_config(GANTRAIN_SOURCE_DIR "/configs/points_ring.json", words);
  at::set_num_threads(1);
  auto state = tiny_state(config);
  const auto steps = static_cast<int64_t>(config.training.length.amount);
  while (state->steps_done() < steps) {
    state->step();
  }
  std::vector<PictureKey> keys;
  for (int64_t i = 0; i < kSamples; ++i) {
    keys.push_back({0, i, -1});
  }
  const auto generator = state->best_generator();
  GeneratorInput input;
  input.z = latents_of(keys, generator->latent_dim());
  return coverage_of(generator->run(input).flatten(1),
                     std::any_cast<const PointsOptions&>(config.data.options));
}

std::vector<Recipe> recipes() {
  return {
      {"HingeAndSpectralNorm",
       {"objective.type=hinge", "penalty.r1_gamma=0", "penalty.r2_gamma=0",
        "model.discriminator_norm=spectral", "model.discriminator_gain=4", "objective.n_critic=2"}},
      {"WganGp",
       {"objective.type=wasserstein", "penalty.r1_gamma=0", "penalty.r2_gamma=0",
        "penalty.gradient=wgan_gp", "penalty.lambda_gp=0.1", "objective.n_critic=2"}},
      {"RelativisticR1R2", {}}};
}

class Ring : public testing::TestWithParam<std::tuple<Recipe, int>> {};

TEST(RingOfGaussians, IsCoveredByItself) {
  const PointsOptions ring;
  const auto dataset = open_points_dataset(ring, kPointGeometry, "");
  torch::Tensor points = torch::empty({kSamples, 2, 1, 1});
  to_unit_range(some_of(*dataset, kSamples, 0).images, points);
  const Coverage coverage = coverage_of(points.flatten(1), ring);
  EXPECT_EQ(coverage.modes, ring.modes);
  EXPECT_GT(coverage.good, 0.98);  // 1 - exp(-9 / 2)
}

TEST_P(Ring, HasAllModesAndFewPointsBetweenThem) {
  const auto& [recipe, seed] = GetParam();
  const Coverage coverage = train(recipe, seed);
  EXPECT_EQ(coverage.modes, 8);
  EXPECT_GE(coverage.good, 0.9);
  RecordProperty("good", std::to_string(coverage.good));
}

INSTANTIATE_TEST_SUITE_P(Recipes, Ring,
                         testing::Combine(testing::ValuesIn(recipes()), testing::Values(1, 2, 3)),
                         [](const auto& each) {
                           return std::get<0>(each.param).name + "Seed" +
                                  std::to_string(std::get<1>(each.param));
                         });

}  // namespace
}  // namespace gantrain
