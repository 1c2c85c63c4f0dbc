#include "gantrain/training/ema.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

struct TinyImpl : torch::nn::Module {
  TinyImpl() {
    weight = register_parameter("weight", torch::zeros({2, 2}));
    mean = register_buffer("running_mean", torch::zeros({2}));
    count = register_buffer("count", torch::zeros({}, torch::kLong));
    singular = register_buffer("weight_u", torch::zeros({2}));
  }
  void set(double value) {
    const torch::NoGradGuard no_grad;
    weight.fill_(value);
    mean.fill_(value);
    singular.fill_(value);
    count.fill_(static_cast<int64_t>(value));
  }
  torch::Tensor weight, mean, count, singular;
};
TORCH_MODULE(Tiny);

struct Pair {
  explicit Pair(const EmaOptions& options, double start = 0)
      : ema((source->set(start), options), map_of(source), map_of(averaged)) {}

  static NetworkMap map_of(const Tiny& network) {
    NetworkMap map;
    map.insert("generator", network.ptr());
    return map;
  }
  void update(double value, int64_t batch_size, int64_t images_seen, double skip = 0) {
    source->set(value);
    ema.update(batch_size, images_seen, torch::full({}, skip));
  }
  float weight() const { return averaged->weight[1][1].item<float>(); }
  float mean() const { return averaged->mean[1].item<float>(); }

  Tiny source, averaged;
  Ema ema;
};

const EmaOptions kOneThousandImages = {.half_life_kimg = 1, .ramp_up = 0};

TEST(EmaDecay, IsOneHalfAfterTheHalfLife) {
  EXPECT_DOUBLE_EQ(ema_decay(kOneThousandImages, 1000, 5), 0.5);
  EXPECT_DOUBLE_EQ(ema_decay(kOneThousandImages, 500, 5), std::sqrt(0.5));
}

TEST(EmaDecay, RampUpShortensTheHalfLifeEarlyOnly) {
  const EmaOptions options = {.half_life_kimg = 10, .ramp_up = 0.05};
  EXPECT_DOUBLE_EQ(ema_decay(options, 64, 0), 0);
  EXPECT_DOUBLE_EQ(ema_decay(options, 64, 1280), 0.5);  // 5% of 1,280 images are 64
  EXPECT_DOUBLE_EQ(ema_decay(options, 64, 200000), std::pow(0.5, 64.0 / 10000));
  EXPECT_DOUBLE_EQ(ema_decay(options, 64, 9000000), std::pow(0.5, 64.0 / 10000));
}

TEST(EmaDecay, WithoutHalfLifeNothingIsKept) {
  EXPECT_EQ(ema_decay({.half_life_kimg = 0, .ramp_up = 0}, 64, 1000), 0);
}

TEST(Ema, StartsAsACopyWithoutGradients) {
  const Pair pair(kOneThousandImages, 3);
  EXPECT_EQ(pair.weight(), 3);
  EXPECT_EQ(pair.mean(), 3);
  EXPECT_EQ(pair.averaged->count.item<int64_t>(), 3);
  EXPECT_FALSE(pair.averaged->weight.requires_grad());
  EXPECT_TRUE(pair.source->weight.requires_grad());
}

TEST(Ema, TwoStepsGiveTheClosedForm) {
  Pair pair(kOneThousandImages, 1);
  pair.update(5, 500, 500);
  pair.update(-2, 500, 1000);
  const double d = std::sqrt(0.5);
  EXPECT_NEAR(pair.weight(), d * (d * 1 + (1 - d) * 5) + (1 - d) * -2, 1e-6);
}

TEST(Ema, DistanceToAConstantHalvesInTheHalfLife) {
  Pair pair(kOneThousandImages, 0);
  for (int64_t step = 1; step <= 10; ++step) {
    pair.update(8, 100, step * 100);
  }
  EXPECT_NEAR(pair.weight(), 4, 1e-5);
}

TEST(Ema, BuffersFollowLikeParametersAndIntegersAreCopied) {
  Pair pair(kOneThousandImages, 0);
  pair.update(8, 1000, 1000);
  EXPECT_EQ(pair.mean(), 4);
  EXPECT_EQ(pair.averaged->count.item<int64_t>(), 8);
}

TEST(Ema, SingularVectorsAreCopied) {
  Pair pair(kOneThousandImages);
  pair.update(8, 500, 500);
  EXPECT_LT(pair.mean(), 8);
  EXPECT_EQ(pair.averaged->singular[0].item<float>(), 8);
}

TEST(Ema, ASkippedStepChangesNothingEvenWhenTheSourceIsNaN) {
  Pair pair(kOneThousandImages, 1);
  pair.source->set(7);
  pair.source->mean.fill_(std::numeric_limits<float>::quiet_NaN());
  pair.ema.update(1000, 1000, torch::ones({}));
  EXPECT_EQ(pair.weight(), 1);
  EXPECT_EQ(pair.mean(), 1);
  EXPECT_EQ(pair.averaged->count.item<int64_t>(), 1);
}

TEST(Ema, NeverWritesToTheSource) {
  Pair pair(kOneThousandImages, 1);
  pair.update(8, 1000, 1000);
  EXPECT_EQ(pair.source->weight[0][0].item<float>(), 8);
}

TEST(Ema, RefusesAnotherArchitecture) {
  NetworkMap source, averaged;
  source.insert("generator", torch::nn::Linear(2, 3).ptr());
  averaged.insert("generator", torch::nn::Linear(2, 4).ptr());
  EXPECT_THROW(Ema({}, source, averaged), c10::Error);
}

}  // namespace
}  // namespace gantrain
