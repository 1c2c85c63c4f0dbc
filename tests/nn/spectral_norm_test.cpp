#include "gantrain/nn/spectral_norm.h"

#include <gtest/gtest.h>

#include "gantrain/runtime/device.h"

namespace gantrain {
namespace {

double largest_singular_value(const torch::Tensor& weight) {
  return torch::linalg_svdvals(weight.flatten(1)).max().item<double>();
}

TEST(SpectralNorm, DividesByTheLargestSingularValue) {
  torch::manual_seed(1);
  SpectralLinear layer(torch::nn::LinearOptions(6, 4).bias(false));
  layer->to(torch::kDouble);
  const auto identity = torch::eye(6, torch::kDouble);
  torch::Tensor seen;
  for (int i = 0; i < 200; ++i) {
    seen = layer->forward(identity).t();
  }
  EXPECT_NEAR(largest_singular_value(seen.detach()), 1, 1e-9);
  EXPECT_TRUE(torch::allclose(seen.detach() * largest_singular_value(layer->weight.detach()),
                              layer->weight.detach()));
}

TEST(SpectralNorm, HasPyTorchsKeys) {
  SpectralConv2d layer(torch::nn::Conv2dOptions(3, 5, 4));
  EXPECT_EQ(layer->named_parameters().keys(), (std::vector<std::string>{"bias", "weight_orig"}));
  EXPECT_EQ(layer->named_buffers().keys(), (std::vector<std::string>{"weight_u", "weight_v"}));
  EXPECT_EQ(layer->named_buffers()["weight_u"].sizes(), (torch::IntArrayRef{5}));
  EXPECT_EQ(layer->named_buffers()["weight_v"].sizes(), (torch::IntArrayRef{3 * 4 * 4}));
}

TEST(SpectralNorm, IteratesOncePerForwardInTrainingOnly) {
  SpectralConv2d layer(torch::nn::Conv2dOptions(2, 3, 3));
  const auto images = torch::randn({1, 2, 5, 5});
  layer->eval();
  const auto before = layer->named_buffers()["weight_u"].clone();
  layer->forward(images);
  EXPECT_TRUE(torch::equal(layer->named_buffers()["weight_u"], before));
  layer->train();
  layer->forward(images);
  const auto matrix = layer->weight.detach().flatten(1);
  const auto v = torch::nn::functional::normalize(
      matrix.t().mv(before), torch::nn::functional::NormalizeFuncOptions().dim(0));
  const auto u = torch::nn::functional::normalize(
      matrix.mv(v), torch::nn::functional::NormalizeFuncOptions().dim(0));
  EXPECT_TRUE(torch::allclose(layer->named_buffers()["weight_u"], u));
  EXPECT_TRUE(torch::allclose(layer->named_buffers()["weight_v"], v));
}

// The gradient of W / (u.W v) with u and v held: (G - <G, W/sigma> u v^T) / sigma, equation 12.
TEST(SpectralNorm, HasThePapersGradientAlsoWithTwoForwardsInOneGraph) {
  torch::manual_seed(2);
  SpectralLinear layer(torch::nn::LinearOptions(4, 3).bias(false));
  layer->to(torch::kDouble);
  const auto inputs = torch::randn({2, 5, 4}, torch::kDouble);
  const auto outer = torch::randn({2, 5, 3}, torch::kDouble);
  torch::Tensor loss = torch::zeros({}, torch::kDouble);
  torch::Tensor expected = torch::zeros({3, 4}, torch::kDouble);
  for (int64_t i = 0; i < 2; ++i) {
    loss = loss + (layer->forward(inputs[i]) * outer[i]).sum();
    const auto weight = layer->weight.detach();
    const auto u = layer->named_buffers()["weight_u"].clone();
    const auto v = layer->named_buffers()["weight_v"].clone();
    const auto sigma = torch::dot(u, weight.mv(v));
    const auto upper = outer[i].t().mm(inputs[i]);
    expected = expected + (upper - (upper * weight / sigma).sum() * torch::outer(u, v)) / sigma;
  }
  EXPECT_TRUE(torch::allclose(torch::autograd::grad({loss}, {layer->weight})[0], expected));
}

TEST(SpectralNorm, OfAnEmbeddingGivesRowsOfTheDividedWeight) {
  torch::manual_seed(3);
  SpectralEmbedding layer(5, 4);
  layer->to(torch::kDouble);
  EXPECT_EQ(layer->named_parameters().keys(), (std::vector<std::string>{"weight_orig"}));
  for (int i = 0; i < 300; ++i) {
    layer->forward(torch::tensor({0}));
  }
  const auto weight = layer->weight.detach();
  const auto wanted = weight / largest_singular_value(weight);
  EXPECT_TRUE(torch::allclose(layer->forward(torch::tensor({3, 0, 3})),
                              torch::stack({wanted[3], wanted[0], wanted[3]}), 1e-6, 1e-9));
}

TEST(SpectralNorm, StaysInFloatUnderAutocast) {
  SpectralLinear layer(torch::nn::LinearOptions(4, 3));
  const auto wanted = [&] {
    torch::NoGradGuard no_grad;
    layer->eval();
    return layer->forward(torch::eye(4));
  }();
  const PrecisionScope scope(torch::kCPU, Precision::kBf16);
  const auto got = layer->forward(torch::eye(4));
  EXPECT_EQ(got.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::allclose(got.to(torch::kFloat), wanted, 1e-2, 1e-2));
}

}  // namespace
}  // namespace gantrain
