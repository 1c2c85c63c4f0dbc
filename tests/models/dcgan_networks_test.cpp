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
  EXPECT_EQ(discriminator->forward({images}).logits.sizes(), (torch::IntArrayRef{3}));
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

DcganOptions with_classes(DcganConditioning conditioning) {
  DcganOptions options = tiny();
  options.classes = 3;
  options.conditioning = conditioning;
  options.discriminator_norm = DcganDiscriminatorNorm::kNone;
  return options;
}

TEST(DcganConditioning, TheGeneratorSeesZAndTheLabelsEmbedding) {
  DcganGenerator network(with_classes(DcganConditioning::kConcat));
  network->eval();
  const torch::Tensor z = torch::randn({1, 8});
  const torch::Tensor rows = network->named_parameters()["embedding.weight"].detach();
  EXPECT_EQ(rows.sizes(), (torch::IntArrayRef{3, 8}));
  const torch::Tensor given = torch::cat({z, rows.slice(0, 2, 3)}, 1).view({1, 16, 1, 1});
  auto& main = *network->named_children()["main"]->as<torch::nn::SequentialImpl>();
  EXPECT_TRUE(torch::equal(network->forward(z, torch::tensor({2})), main.forward(given)));
}

TEST(DcganConditioning, ConcatShowsTheDiscriminatorOneMorePlane) {
  DcganDiscriminator network(with_classes(DcganConditioning::kConcat));
  const torch::Tensor images = torch::randn({2, 3, 16, 16});
  const torch::Tensor rows = network->named_parameters()["plane.weight"].detach();
  const torch::Tensor planes = torch::stack({rows[2], rows[0]}).view({2, 1, 16, 16});
  auto& main = *network->named_children()["main"]->as<torch::nn::SequentialImpl>();
  const torch::Tensor wanted = main.forward(torch::cat({images, planes}, 1)).flatten();
  const Judgement said = network->forward({images, torch::tensor({2, 0})});
  EXPECT_TRUE(torch::equal(said.logits, wanted));
  EXPECT_FALSE(said.class_logits.defined());
}

// mnist_cgan learned one picture per digit: with embeddings of deviation 1, labels said too much.
TEST(DcganConditioning, LabelsBeginByFarQuieterThanZAndThePixels) {
  torch::manual_seed(0);
  DcganGenerator generator(with_classes(DcganConditioning::kConcat));
  DcganDiscriminator discriminator(with_classes(DcganConditioning::kConcat));
  EXPECT_NEAR(generator->named_parameters()["embedding.weight"].std().item<double>(), 0.02, 0.01);
  EXPECT_NEAR(discriminator->named_parameters()["plane.weight"].std().item<double>(), 0.02, 0.002);
}

// logit(y) - logit(y') = <e(y) - e(y'), mean of the last map>, whatever the head says.
TEST(DcganConditioning, ProjectionAddsTheEmbeddingAlongTheFeatures) {
  torch::manual_seed(4);
  DcganDiscriminator network(with_classes(DcganConditioning::kProjection));
  network->eval();
  const torch::Tensor image = torch::randn({1, 3, 16, 16});
  auto& main = *network->named_children()["main"]->as<torch::nn::SequentialImpl>();
  torch::Tensor map = image;
  for (size_t i = 0; i + 2 < main.size(); ++i) {
    map = main[i]->as<torch::nn::Conv2dImpl>() != nullptr
              ? main[i]->as<torch::nn::Conv2dImpl>()->forward(map)
              : torch::leaky_relu(map, 0.2);
  }
  const auto buffers = network->named_buffers();
  const torch::Tensor weight = network->named_parameters()["embedding.weight_orig"].detach();
  const torch::Tensor sigma =
      torch::dot(buffers["embedding.weight_u"], weight.mv(buffers["embedding.weight_v"]));
  const torch::Tensor wanted = ((weight[1] - weight[2]) / sigma).dot(map.mean({2, 3})[0]);
  const auto logit = [&](int64_t label) {
    return network->forward({image, torch::tensor({label})}).logits.item<float>();
  };
  EXPECT_NEAR(logit(1) - logit(2), wanted.item<float>(), 1e-6);
}

TEST(DcganConditioning, AnAuxiliaryHeadTellsClasses) {
  for (const bool dense : {false, true}) {
    DcganOptions options = with_classes(DcganConditioning::kAuxiliary);
    if (dense) {
      options.discriminator_layers = DcganLayers::kDense;
    }
    DcganDiscriminator network(options);
    const torch::Tensor images = torch::randn({2, 3, 16, 16});
    const Judgement said = network->forward({images, {}});  // it is not told them
    EXPECT_EQ(said.logits.sizes(), (torch::IntArrayRef{2}));
    EXPECT_EQ(said.class_logits.sizes(), (torch::IntArrayRef{2, 3}));
  }
}

TEST(DcganNetworks, DropoutStandsAfterTheActivation) {
  DcganOptions options = tiny();
  options.discriminator_dropout = 0.5;
  DcganDiscriminator network(options);
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({2, 3, 16, 16});
  network->train();
  EXPECT_FALSE(torch::equal(network->forward({images}).logits, network->forward({images}).logits));
  network->eval();
  EXPECT_TRUE(torch::equal(network->forward({images}).logits, network->forward({images}).logits));
}

}  // namespace
}  // namespace gantrain
