#include "models/dcgan_networks.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gantrain/nn/module_tools.h"

namespace gantrain {
namespace {

std::vector<std::string> parameter_keys(const torch::nn::Module& module) {
  std::vector<std::string> keys;
  for (const auto& item : module.named_parameters()) {
    keys.push_back(item.key());
  }
  return keys;
}

DcganOptions tiny() {
  DcganOptions options;
  options.resolution = 16;
  options.latent_dim = 8;
  options.generator_channels = {8, 4};
  options.discriminator_channels = {4, 8};
  return options;
}

TEST(DcganNetworks, HaveThePublishedParameterCounts) {
  EXPECT_EQ(count_parameters(*DcganGenerator(DcganOptions())), 3'576'704);
  EXPECT_EQ(count_parameters(*DcganDiscriminator(DcganOptions())), 2'765'568);
}

TEST(DcganNetworks, HaveThePublishedKeys) {
  EXPECT_EQ(parameter_keys(*DcganGenerator(DcganOptions())),
            (std::vector<std::string>{
                "main.0.weight", "main.1.weight", "main.1.bias", "main.3.weight", "main.4.weight",
                "main.4.bias", "main.6.weight", "main.7.weight", "main.7.bias", "main.9.weight",
                "main.10.weight", "main.10.bias", "main.12.weight"}));
  EXPECT_EQ(
      parameter_keys(*DcganDiscriminator(DcganOptions())),
      (std::vector<std::string>{"main.0.weight", "main.2.weight", "main.3.weight", "main.3.bias",
                                "main.5.weight", "main.6.weight", "main.6.bias", "main.8.weight",
                                "main.9.weight", "main.9.bias", "main.11.weight"}));
}

TEST(DcganNetworks, GiveImagesInRangeAndOneLogitEach) {
  DcganGenerator generator(tiny());
  DcganDiscriminator discriminator(tiny());
  const torch::Tensor images = generator->forward(torch::randn({3, 8}));
  EXPECT_EQ(images.sizes(), (torch::IntArrayRef{3, 3, 16, 16}));
  EXPECT_LE(images.abs().max().item<double>(), 1.0);
  EXPECT_EQ(discriminator->forward(images).sizes(), (torch::IntArrayRef{3}));
}

TEST(DcganNetworks, AreInitialisedByMeanAndDeviation) {
  torch::manual_seed(0);
  DcganGenerator generator{DcganOptions()};
  for (const auto& item : generator->named_parameters()) {
    const bool norm = item.value().dim() == 1;
    const bool bias = item.key().ends_with("bias");
    const double deviation = item.value().std().item<double>();
    EXPECT_NEAR(item.value().mean().item<double>(), norm && !bias ? 1.0 : 0.0, 0.01) << item.key();
    EXPECT_NEAR(deviation, bias ? 0.0 : 0.02, 0.004) << item.key();
  }
}

TEST(DcganNetworks, DropoutStandsAfterTheActivation) {
  DcganOptions options = tiny();
  options.discriminator_dropout = 0.5;
  DcganDiscriminator network(options);
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({2, 3, 16, 16});
  network->train();
  EXPECT_FALSE(torch::equal(network->forward(images), network->forward(images)));
  network->eval();
  EXPECT_TRUE(torch::equal(network->forward(images), network->forward(images)));
}

}  // namespace
}  // namespace gantrain
