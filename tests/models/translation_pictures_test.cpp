#include "models/translation_pictures.h"

#include <gtest/gtest.h>

#include "models/map_network.h"

namespace gantrain {
namespace {

TranslationOptions tiny() {
  TranslationOptions options;
  options.resolution = 64;
  options.generator_channels = 3;
  options.generator_blocks = 2;
  options.generator_dropout = 0;
  options.init_gain = 0.3;
  return options;
}

struct Pictures {
  Pictures(const TranslationOptions& options, int64_t images_at_once) {
    torch::manual_seed(1);
    networks.insert("generator", build_translator(options, 3, 3));
    generator = build_translation_pictures(options, images_at_once, "generator", "", networks);
  }
  torch::Tensor of(const torch::Tensor& inputs, bool running = false, uint64_t seed = 0) {
    GeneratorInput input;
    input.images = inputs;
    input.running_statistics = running;
    input.seed = seed;
    return generator->run(input);
  }
  NetworkMap networks;
  std::unique_ptr<Generator> generator;
};

torch::Tensor some_pictures(int64_t count) {
  torch::manual_seed(2);
  return torch::rand({count, 3, 64, 64}) * 2 - 1;
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(TranslationPictures, TrainedAtBatchOneTakeEachPicturesOwnStatistics) {
  Pictures pictures(tiny(), 1);
  const torch::Tensor inputs = some_pictures(3);
  const torch::Tensor together = pictures.of(inputs);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_LE(distance(pictures.of(inputs.slice(0, i, i + 1)), together.slice(0, i, i + 1)), 1e-5);
  }
  auto& network = dynamic_cast<MapNetwork&>(*pictures.networks["generator"]);
  network.train();
  torch::NoGradGuard no_grad;
  EXPECT_LE(distance(network.forward(inputs.slice(0, 0, 1)), together.slice(0, 0, 1)), 1e-5)
      << "what it computes in training";
  EXPECT_GT(distance(pictures.of(inputs, /*running=*/true), together), 1e-2);
}

TEST(TranslationPictures, LeaveTheNetworkAsItWas) {
  Pictures pictures(tiny(), 1);
  auto& network = *pictures.networks["generator"];
  network.train();
  std::vector<torch::Tensor> before;
  for (const torch::Tensor& buffer : network.buffers()) {
    before.push_back(buffer.clone());
  }
  ASSERT_FALSE(before.empty());
  EXPECT_FALSE(pictures.of(some_pictures(2)).requires_grad());
  EXPECT_TRUE(network.is_training());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(torch::equal(network.buffers()[i], before[i]));
  }
}

TEST(TranslationPictures, TrainedInBatchesUseRunningStatistics) {
  Pictures pictures(tiny(), 4);
  const torch::Tensor inputs = some_pictures(1);
  EXPECT_FALSE(pictures.generator->picture_task()->own_statistics);
  EXPECT_TRUE(torch::equal(pictures.of(inputs), pictures.of(inputs, /*running=*/true)));
}

TEST(TranslationPictures, DropoutIsAFunctionOfTheSeed) {
  TranslationOptions options = tiny();
  options.generator_dropout = 0.5;
  Pictures pictures(options, 1);
  const torch::Tensor inputs = some_pictures(2);
  const torch::Tensor first = pictures.of(inputs);
  EXPECT_TRUE(torch::equal(pictures.of(inputs), first));
  EXPECT_TRUE(torch::equal(pictures.of(inputs.slice(0, 1, 2)), first.slice(0, 1, 2)))
      << "whatever stands beside it";
  EXPECT_GT(distance(pictures.of(inputs, false, /*seed=*/1), first), 1e-3);
  EXPECT_TRUE(torch::equal(pictures.of(inputs, true, 0), pictures.of(inputs, true, 1)));
}

// Beyond the radius nothing reaches the middle.
TEST(TranslationPictures, TheRadiusIsNoSmallerThanTheReach) {
  for (const auto generator : {TranslationGenerator::kUnet, TranslationGenerator::kResnet,
                               TranslationGenerator::kResidual}) {
    TranslationOptions options = tiny();
    options.generator = generator;
    options.generator_norm = MapNorm::kNone;
    options.generator_downs = generator == TranslationGenerator::kUnet ? 3 : 0;
    Pictures pictures(options, 4);
    const PictureTask task = *pictures.generator->picture_task();
    EXPECT_FALSE(task.sees_whole_picture);
    const int64_t side = (2 * task.radius + 16) / 8 * 8 + 8;
    torch::Tensor inputs = torch::rand({1, 3, side, side}) * 2 - 1;
    auto& network = dynamic_cast<MapNetwork&>(*pictures.networks["generator"]);
    network.to(torch::kDouble);
    inputs = inputs.to(torch::kDouble).requires_grad_();
    const torch::Tensor made = network.forward(inputs);
    const int64_t middle = side / 2;
    const torch::Tensor reached =
        torch::autograd::grad({made[0][0][middle].slice(0, middle, middle + 2).sum()}, {inputs})[0]
            .abs()
            .sum({0, 1, 2})
            .gt(0)
            .nonzero()
            .flatten();
    EXPECT_GE(reached.min().item<int64_t>(), middle - task.radius);
    EXPECT_LE(reached.max().item<int64_t>(), middle + 1 + task.radius);
    EXPECT_GE(reached.numel(), task.radius / 2) << "or it is far too large";
  }
}

TEST(TranslationPictures, NormsOverThePictureAreToldOf) {
  TranslationOptions options = tiny();
  options.generator_norm = MapNorm::kInstance;
  EXPECT_TRUE(Pictures(options, 4).generator->picture_task()->sees_whole_picture);
  options.generator_norm = MapNorm::kBatch;
  EXPECT_TRUE(Pictures(options, 1).generator->picture_task()->sees_whole_picture);
  EXPECT_FALSE(Pictures(options, 4).generator->picture_task()->sees_whole_picture);
}

}  // namespace
}  // namespace gantrain
