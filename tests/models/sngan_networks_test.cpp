#include "models/sngan_networks.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gantrain/nn/module_tools.h"
#include "gantrain/runtime/device.h"

namespace gantrain {
namespace {

using Widths = std::vector<int64_t>;

SnganOptions small_sngan(int64_t classes = 0) {
  SnganOptions options;
  options.resolution = 16;
  options.latent_dim = 6;
  options.classes = classes;
  options.generator_channels = {8, 8, 4};
  options.discriminator_channels = {8, 8};
  return options;
}

std::string conflict_of(const SnganOptions& options) {
  std::optional<OptionConflict> conflict;
  sngan_layout(options, conflict);
  return conflict ? conflict->key + ": " + conflict->message : "";
}

TEST(SnganNetworks, HaveThePublishedParameterCountsAt32Px) {
  EXPECT_EQ(count_parameters(*SnganGenerator(SnganOptions())), 4'276'739);
  EXPECT_EQ(count_parameters(*SnganDiscriminator(SnganOptions())), 1'053'825);
}

TEST(SnganNetworks, HaveOneMoreBlockOnEachSideAt64Px) {
  SnganOptions options;
  options.resolution = 64;
  const SnganLayout layout = sngan_layout(options);
  EXPECT_EQ(layout.generator, (Widths{1024, 512, 256, 128, 64}));
  EXPECT_EQ(layout.discriminator, (Widths{64, 128, 256, 512, 1024}));
  EXPECT_EQ(layout.downs, 4);
  options.resolution = 128;
  EXPECT_EQ(sngan_layout(options).generator, (Widths{1024, 1024, 512, 256, 128, 64}));
}

TEST(SnganNetworks, EveryLayerOfTheDiscriminatorIsSpectral) {
  for (const auto& item : SnganDiscriminator(SnganOptions())->named_parameters()) {
    EXPECT_TRUE(item.key().ends_with(".weight_orig") || item.key().ends_with(".bias"))
        << item.key();
  }
}

TEST(SnganNetworks, AttentionStandsBehindTheLargestMapOfItsSize) {
  SaganOptions options;
  EXPECT_EQ(sngan_layout(options).generator_attention, 2);      // 8, 16, 32
  EXPECT_EQ(sngan_layout(options).discriminator_attention, 0);  // 16
  options.resolution = 64;
  EXPECT_EQ(sngan_layout(options).generator_attention, 2);
  EXPECT_EQ(sngan_layout(options).discriminator_attention, 0);  // 32
  options.attention_size = 20;
  EXPECT_EQ(sngan_layout(options).generator_attention, 1);
  EXPECT_EQ(sngan_layout(options).discriminator_attention, 1);
  options.attention_size = 0;
  EXPECT_EQ(sngan_layout(options).generator_attention, kNoAttention);
}

TEST(SnganNetworks, OptionsThatDoNotFitAreRefusedWithTheKey) {
  SnganOptions options = small_sngan();
  EXPECT_EQ(conflict_of(options), "");
  options.resolution = 28;
  EXPECT_EQ(conflict_of(options),
            "resolution: must be 4 times a power of two (got 28); the nearest ones are 16 and 32");
  options = small_sngan();
  options.generator_channels = {8, 8};
  EXPECT_EQ(conflict_of(options),
            "generator_channels: needs 3 entries for a resolution of 16, the stem's and one for "
            "every doubling (got 2)");
  options = small_sngan();
  options.discriminator_downs = 3;
  EXPECT_EQ(conflict_of(options),
            "discriminator_downs: must be at most 2 with 2 entries of discriminator_channels and "
            "a resolution of 16 (got 3)");
  options = small_sngan();
  options.attention_size = 7;
  EXPECT_EQ(conflict_of(options),
            "attention_size: the generator has no map of 7 px or fewer behind a block; set it to "
            "0, or higher");
}

TEST(SnganNetworks, GiveImagesInRangeAndOneLogitEach) {
  SnganOptions options = small_sngan(3);
  options.minibatch_stddev = true;
  options.attention_size = 8;
  SnganGenerator generator(options);
  SnganDiscriminator discriminator(options);
  const auto labels = torch::tensor({0, 2, 1, 1});
  const torch::Tensor images = generator->forward(torch::randn({4, 6}), labels);
  EXPECT_EQ(images.sizes(), (torch::IntArrayRef{4, 3, 16, 16}));
  EXPECT_LE(images.abs().max().item<double>(), 1.0);
  EXPECT_EQ(discriminator->forward({images, labels}).logits.sizes(), (torch::IntArrayRef{4}));
  const auto parameters = discriminator->named_parameters();
  EXPECT_EQ(parameters["dense.weight_orig"].sizes(), (torch::IntArrayRef{1, 9}));
  EXPECT_EQ(parameters["embedding.weight_orig"].sizes(), (torch::IntArrayRef{3, 9}));
}

// The logit is dense(sums) + <e(y), sums> for sums of the last map after ReLU. With the dense row
// equal to e(0), both of spectral norm 1, the part that does not depend on y is that of class 0
// without the bias.
TEST(SnganNetworks, ProjectionAddsTheEmbeddingAlongTheSums) {
  torch::manual_seed(1);
  SnganOptions options = small_sngan(2);
  options.discriminator_spectral = false;
  SnganDiscriminator network(options);
  network->eval();
  auto parameters = network->named_parameters();
  const auto buffers = network->named_buffers();
  torch::NoGradGuard no_grad;
  const torch::Tensor rows = parameters["embedding.weight_orig"];
  const auto sigma =
      torch::dot(buffers["embedding.weight_u"], rows.mv(buffers["embedding.weight_v"]));
  parameters["dense.weight"][0].copy_(rows[0] / sigma);
  parameters["dense.bias"].zero_();
  const torch::Tensor images = torch::randn({1, 3, 16, 16});
  const auto logit = [&](int64_t label) {
    return network->forward({images, torch::tensor({label})}).logits.item<double>();
  };
  const double twice = logit(0);  // dense(sums) + <e(0), sums>
  parameters["dense.weight"][0].copy_(rows[1] / sigma);
  const double both = logit(0);  // <e(1), sums> + <e(0), sums>
  EXPECT_NEAR(both, logit(1) / 2 + twice / 2, 1e-5 * std::abs(both) + 1e-6);
  EXPECT_GT(std::abs(logit(1) - logit(0)), 1e-3);
}

TEST(SnganNetworks, StayInBfloat16AndChannelsLastUnderAutocast) {
  SaganOptions options;
  static_cast<SnganOptions&>(options) = small_sngan(2);
  options.attention_size = 8;
  options.generator_spectral = true;
  SnganGenerator generator(options);
  place_module(*generator, torch::kCPU, torch::kFloat);
  const PrecisionScope scope(torch::kCPU, Precision::kBf16);
  const auto images = generator->forward(torch::randn({2, 6}), torch::tensor({0, 1}));
  EXPECT_EQ(images.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(images.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace gantrain
