#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/map_network.h"

namespace gantrain {
namespace {

TranslationOptions tiny() {
  TranslationOptions options;
  options.resolution = 64;
  options.generator_channels = 3;
  options.generator_blocks = 2;
  options.discriminator_channels = 3;
  return options;
}

int64_t logits_side(int64_t layers, int64_t side) {
  TranslationOptions options = tiny();
  options.discriminator_layers = layers;
  const torch::Tensor logits =
      build_judge(options, 6)->forward(torch::rand({1, 6, side, side}) * 2 - 1);
  EXPECT_EQ(logits.sizes().slice(0, 2), (torch::IntArrayRef{1, 1}));
  EXPECT_EQ(logits.size(2), logits.size(3));
  return logits.size(3);
}

TEST(TranslationNetworks, PatchesHaveThePublishedNumbers) {
  EXPECT_EQ(logits_side(1, 256), 126);
  EXPECT_EQ(logits_side(2, 256), 62);
  EXPECT_EQ(logits_side(3, 256), 30);
  EXPECT_EQ(logits_side(4, 256), 14);
  EXPECT_EQ(logits_side(5, 256), 6);
}

// The pixels of a row that change one logit in the middle.
int64_t seen_by_a_logit(int64_t layers, int64_t side) {
  TranslationOptions options = tiny();
  options.discriminator_layers = layers;
  options.discriminator_norm = MapNorm::kNone;
  options.init_gain = 0.5;
  const MapNetworkPtr judge = build_judge(options, 1);
  const torch::Tensor images =
      (torch::rand({1, 1, side, side}, torch::kDouble) * 2 - 1).requires_grad_();
  judge->to(torch::kDouble);
  const torch::Tensor logits = judge->forward(images);
  const int64_t middle = logits.size(3) / 2;
  const torch::Tensor gradient = torch::autograd::grad({logits[0][0][middle][middle]}, {images})[0];
  return gradient.abs().sum({0, 1, 2}).gt(0).sum().item<int64_t>();
}

TEST(TranslationNetworks, ALogitSeesThePublishedPatch) {
  torch::manual_seed(0);
  EXPECT_EQ(seen_by_a_logit(1, 64), 16);
  EXPECT_EQ(seen_by_a_logit(2, 96), 34);
  EXPECT_EQ(seen_by_a_logit(3, 192), 70);
}

TEST(TranslationNetworks, APixelIsJudgedByItself) {
  TranslationOptions options = tiny();
  options.discriminator = TranslationDiscriminator::kPixel;
  options.discriminator_norm = MapNorm::kNone;
  const MapNetworkPtr judge = build_judge(options, 3);
  torch::Tensor images = torch::rand({2, 3, 5, 7});
  const torch::Tensor before = judge->forward(images);
  EXPECT_EQ(before.sizes(), (torch::IntArrayRef{2, 1, 5, 7}));
  images[1].select(1, 2).select(1, 3).add_(0.5);
  const torch::Tensor changed = judge->forward(images).ne(before);
  EXPECT_EQ(changed.sum().item<int64_t>(), 1);
  EXPECT_TRUE(changed[1][0][2][3].item<bool>());
}

TEST(TranslationNetworks, KeepTheSizeOrEnlargeIt) {
  TranslationOptions options = tiny();
  const torch::Tensor pictures = torch::rand({1, 1, 64, 128}) * 2 - 1;
  for (const auto generator : {TranslationGenerator::kUnet, TranslationGenerator::kResnet}) {
    for (const MapNorm norm : {MapNorm::kBatch, MapNorm::kInstance, MapNorm::kNone}) {
      options.generator = generator;
      options.generator_norm = norm;
      const torch::Tensor made = build_translator(options, 1, 3)->forward(pictures);
      EXPECT_EQ(made.sizes(), (torch::IntArrayRef{1, 3, 64, 128}));
      EXPECT_LE(made.abs().max().item<double>(), 1);
    }
  }
  options.generator = TranslationGenerator::kResidual;
  for (const int64_t scale : {1, 2, 4}) {
    options.scale = scale;
    EXPECT_EQ(build_translator(options, 1, 1)->forward(pictures).sizes(),
              (torch::IntArrayRef{1, 1, 64 * scale, 128 * scale}));
  }
}

TEST(TranslationNetworks, AResidualGeneratorBeginsNearItsInput) {
  torch::manual_seed(1);
  TranslationOptions options = tiny();
  options.generator = TranslationGenerator::kResidual;
  options.generator_norm = MapNorm::kNone;
  options.scale = 2;
  const torch::Tensor flat = torch::full({1, 3, 16, 16}, 0.25);
  const torch::Tensor made = build_translator(options, 3, 3)->forward(flat);
  EXPECT_LE((made - 0.25).abs().max().item<double>(), 0.05);
}

TEST(TranslationNetworks, KeepChannelsLastWithOnePicture) {
  const torch::Tensor pictures =
      torch::rand({1, 3, 64, 64}).contiguous(torch::MemoryFormat::ChannelsLast);
  TranslationOptions options = tiny();
  for (const MapNorm norm : {MapNorm::kBatch, MapNorm::kInstance}) {
    options.generator_norm = norm;
    const MapNetworkPtr network = build_translator(options, 3, 3);
    for (auto& parameter : network->parameters()) {
      if (parameter.dim() == 4) {
        parameter.set_data(parameter.detach().contiguous(torch::MemoryFormat::ChannelsLast));
      }
    }
    EXPECT_TRUE(network->forward(pictures).is_contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

}  // namespace
}  // namespace gantrain
