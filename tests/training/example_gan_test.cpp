// The worked example of docs/adding_a_gan.md trains. It stands here and not in tests/models because
// a test, like a source, uses its own floor and lower ones only.

#include "models/example_gan.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gantrain/data/batch.h"
#include "gantrain/runtime/random_streams.h"
#include "gantrain/training/optimizer.h"

#include "training/adam.h"
#include "training/metric_sums.h"
#include "training/phase_runner.h"

namespace gantrain {
namespace {

constexpr int64_t kBatchSize = 16;
constexpr float kColour = 0.5F;

// [harness]
// The example with everything that a step needs, on images of one colour.
struct Training {
  explicit Training(uint64_t seed) : streams(seed, /*rank=*/0, torch::kCPU) {
    streams.seed_library(0, 0, "init");
    model = build_example_gan(config);
    for (const auto& network : model->networks()) {
      std::vector<NamedParameter> parameters;
      for (const auto& parameter : network.value()->named_parameters()) {
        parameters.push_back({network.key() + "." + parameter.key(), parameter.value()});
      }
      optimizers[network.key()] =
          build_optimizer("adam", AdamOptions{.learning_rate = 2e-3}, std::move(parameters));
    }
    batch.images = torch::full({kBatchSize, 1, 8, 8}, kColour);
    runner =
        std::make_unique<PhaseRunner>(*model, optimizers, streams, Runtime{}, kBatchSize, metrics);
  }

  void run(int64_t steps) {
    for (int64_t step = 0; step < steps; ++step) {
      runner->run_step(step, [this]() -> const Batch& { return batch; });
    }
  }

  ModelConfig config = {.type = "example",
                        .options = ExampleGanOptions{},
                        .objective = {.type = "least_squares"},
                        .penalty = {}};
  RandomStreams streams;
  std::unique_ptr<GanModel> model;
  OptimizerMap optimizers;
  MetricSums metrics;
  Batch batch;
  std::unique_ptr<PhaseRunner> runner;
};
// [harness]

std::map<std::string, torch::Tensor> weights_of(const Training& training) {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& network : training.model->networks()) {
    for (const auto& parameter : network.value()->named_parameters()) {
      weights[network.key() + "." + parameter.key()] = parameter.value().detach().clone();
    }
  }
  return weights;
}

torch::Tensor pictures_of(const Training& training) {
  NetworkMap networks;
  networks.insert("generator", training.model->networks()["generator"]);
  const auto generator = build_example_gan_generator(training.config, networks);
  const torch::Tensor z = training.streams.normal(0, 0, "pictures", {64, generator->latent_dim()});
  return generator->run({z, {}, {}});
}

TEST(ExampleGan, EveryParameterMovesInOneStep) {
  Training training(1);
  const auto before = weights_of(training);
  training.run(1);
  for (const auto& [name, value] : weights_of(training)) {
    EXPECT_FALSE(torch::equal(value, before.at(name))) << name;
  }
}

TEST(ExampleGan, RepeatsBitForBit) {
  Training first(1);
  Training second(1);
  first.run(5);
  second.run(5);
  const auto expected = weights_of(first);
  for (const auto& [name, value] : weights_of(second)) {
    EXPECT_TRUE(torch::equal(value, expected.at(name))) << name;
  }
}

TEST(ExampleGan, LearnsTheColourOfItsImages) {
  Training training(1);
  const float before = (pictures_of(training).mean() - kColour).abs().item<float>();
  training.run(400);
  const torch::Tensor pictures = pictures_of(training);
  EXPECT_FALSE(pictures.requires_grad());
  EXPECT_EQ(pictures.sizes(), torch::IntArrayRef({64, 1, 8, 8}));
  EXPECT_GT(before, 0.4F);
  EXPECT_LT((pictures.mean() - kColour).abs().item<float>(), 0.2F);
}

}  // namespace
}  // namespace gantrain
