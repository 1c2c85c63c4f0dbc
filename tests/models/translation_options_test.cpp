#include "gantrain/models/translation_options.h"

#include <any>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "gantrain/models/dcgan_options.h"
#include "gantrain/models/registry.h"

namespace gantrain {
namespace {

std::string refusal(const std::function<void(Pix2pixOptions&)>& change) {
  Pix2pixOptions options;
  change(options);
  const auto conflict = pix2pix_options().conflict(std::any(options));
  return conflict ? conflict->key + ": " + conflict->message : "";
}

std::string refusal_of_cycle(const std::function<void(CycleganOptions&)>& change) {
  CycleganOptions options;
  change(options);
  const auto conflict = cyclegan_options().conflict(std::any(options));
  return conflict ? conflict->key + ": " + conflict->message : "";
}

TEST(TranslationOptions, DefaultsAreThoseOfTheAuthors) {
  EXPECT_EQ(refusal([](Pix2pixOptions&) {}), "");
  EXPECT_EQ(refusal_of_cycle([](CycleganOptions&) {}), "");
  EXPECT_EQ(unet_downs(Pix2pixOptions()), 8);
  const CycleganOptions cycle;
  EXPECT_EQ(cycle.generator_blocks, 9);
  EXPECT_EQ(cycle.generator_dropout, 0);
  EXPECT_EQ(cycle.pool_size, 50);
}

TEST(TranslationOptions, AUnetHalvesAsOftenAsTheResolutionAllows) {
  Pix2pixOptions options;
  for (const auto& [resolution, downs] :
       {std::pair{64, 6}, {128, 7}, {256, 8}, {512, 8}, {96, 5}, {286, 1}}) {
    options.resolution = resolution;
    EXPECT_EQ(unet_downs(options), downs) << resolution;
  }
}

TEST(TranslationOptions, WhatDoesNotGoTogetherIsRefusedWithBothKeys) {
  EXPECT_EQ(refusal([](auto& o) {
              o.resolution = 64;
              o.generator_downs = 8;
            }),
            "generator_downs: a unet with generator_downs 8 needs a resolution that is a multiple "
            "of 256 (got 64)");
  EXPECT_EQ(refusal([](auto& o) { o.resolution = 286; }),
            "generator_downs: a unet with generator_downs 1 needs a resolution that is a multiple "
            "of 4 (got 286)");
  EXPECT_EQ(refusal([](auto& o) { o.resolution = 32; }),
            "generator_dropout: generator_dropout has no place in a unet with generator_downs 5, "
            "only beyond 5; set generator_dropout to 0");
  EXPECT_EQ(refusal([](auto& o) {
              o.resolution = 64;
              o.discriminator_layers = 5;
            }),
            "discriminator_layers: a patch discriminator with discriminator_layers 5 needs a "
            "resolution of at least 96 (got 64)");
  EXPECT_EQ(refusal([](auto& o) { o.scale = 2; }),
            "scale: only generator \"residual\" enlarges pictures: scale must be 1 with unet and "
            "resnet (got 2)");
  EXPECT_EQ(refusal([](auto& o) {
              o.generator = TranslationGenerator::kResidual;
              o.scale = 3;
            }),
            "scale: scale must be 1, 2, 4 or 8 (got 3)");
  EXPECT_EQ(refusal([](auto& o) {
              o.generator = TranslationGenerator::kResidual;
              o.input_channels = 1;
            }),
            "input_channels: generator \"residual\" adds to its input, so input_channels and "
            "image_channels must be equal (got 1 and 3)");
  EXPECT_EQ(refusal([](auto& o) {
              o.generator = TranslationGenerator::kResnet;
              o.resolution = 90;
            }),
            "resolution: generator \"resnet\" needs a resolution that is a multiple of 4 (got 90)");
  EXPECT_EQ(refusal([](auto& o) { o.lambda_gan = o.lambda_l1 = 0; }),
            "lambda_l1: lambda_gan and lambda_l1 are both 0: nothing would be learnt");
  EXPECT_EQ(refusal([](auto& o) {
              o.keeps = KeptInput::kLuma;
              o.generator = TranslationGenerator::kResidual;
              o.scale = 2;
            }),
            "keeps: keeps needs inputs as large as images: scale must be 1 (got 2)");
  for (const int64_t channels : {2, 4}) {
    EXPECT_EQ(refusal([&](auto& o) {
                o.keeps = KeptInput::kLuma;
                o.input_channels = channels;
              }),
              "keeps: keeps \"luma\" needs input_channels 1 or 3 and image_channels 3 (got " +
                  std::to_string(channels) + " and 3)");
  }
  EXPECT_EQ(refusal([](auto& o) { o.keeps = KeptInput::kKnownPixels; }),
            "keeps: keeps \"known_pixels\" needs the mask as one more input channel: "
            "input_channels must be image_channels + 1 (got 3 and 3)");
  EXPECT_EQ(refusal_of_cycle([](auto& o) { o.input_channels = 1; }),
            "lambda_identity: lambda_identity gives each generator pictures of its own domain, so "
            "input_channels and image_channels must be equal (got 1 and 3); set lambda_identity to "
            "0");
}

TEST(TranslationOptions, TellWhetherAUnetMakesThePictures) {
  Pix2pixOptions pairs;
  CycleganOptions cycle;
  EXPECT_TRUE(has_unet({"pix2pix", pairs, {}, {}}));
  EXPECT_FALSE(has_unet({"cyclegan", cycle, {}, {}}));
  pairs.generator = TranslationGenerator::kResidual;
  cycle.generator = TranslationGenerator::kUnet;
  EXPECT_FALSE(has_unet({"pix2pix", pairs, {}, {}}));
  EXPECT_TRUE(has_unet({"cyclegan", cycle, {}, {}}));
  EXPECT_FALSE(has_unet({"dcgan", DcganOptions(), {}, {}}));
}

}  // namespace
}  // namespace gantrain
