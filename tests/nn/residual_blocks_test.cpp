#include "gantrain/nn/residual_blocks.h"

#include <cmath>

#include <gtest/gtest.h>

#include "nn/finite_differences.h"

namespace gantrain {
namespace {

using Weights = torch::OrderedDict<std::string, torch::Tensor>;

torch::Tensor convolved(const Weights& weights, const std::string& name, const torch::Tensor& map) {
  const torch::Tensor weight = weights[name + ".weight"].detach();
  return torch::conv2d(map, weight, weights[name + ".bias"].detach(), 1, weight.size(2) / 2);
}

torch::Tensor batch_normal(const torch::Tensor& map) {
  return torch::batch_norm(map, {}, {}, {}, {}, true, 0.1, 1e-5, false);
}

torch::Tensor twice_as_large(const torch::Tensor& map) {
  return map.repeat_interleave(2, 2).repeat_interleave(2, 3);
}

void fill_biases(torch::nn::Module& block) {
  torch::NoGradGuard no_grad;
  for (const auto& item : block.named_parameters()) {
    if (item.key().ends_with(".bias") && item.key().starts_with("conv")) {
      item.value().normal_();
    }
  }
}

TEST(UpBlock, IsNormReluEnlargeConvolveNormReluConvolveBesideAShortcut) {
  torch::manual_seed(1);
  UpBlock block(3, 5, /*classes=*/0, /*spectral=*/false);
  block->to(torch::kDouble);
  fill_biases(*block);
  const auto weights = block->named_parameters();
  const auto map = torch::randn({4, 3, 4, 4}, torch::kDouble);
  auto made = convolved(weights, "conv1", twice_as_large(batch_normal(map).relu()));
  made = convolved(weights, "conv2", batch_normal(made).relu());
  const auto wanted = made + convolved(weights, "shortcut", twice_as_large(map));
  EXPECT_TRUE(torch::allclose(block->forward(map, {}), wanted));
}

TEST(UpBlock, NormsFollowTheClass) {
  torch::manual_seed(2);
  UpBlock block(3, 5, /*classes=*/2, /*spectral=*/true);
  const auto map = torch::randn({2, 3, 4, 4});
  const auto before = block->forward(map, torch::tensor({0, 1}));
  {
    torch::NoGradGuard no_grad;
    block->named_parameters()["norm1.offset.weight"][1].add_(1);
  }
  block->eval();
  const auto labels = torch::tensor({0, 1});
  const auto after = block->forward(map, labels);
  const auto swapped = block->forward(map, torch::tensor({0, 0}));
  EXPECT_TRUE(torch::allclose(after[0], swapped[0]));
  EXPECT_FALSE(torch::allclose(after[1], swapped[1]));
  EXPECT_EQ(before.sizes(), (torch::IntArrayRef{2, 5, 8, 8}));
}

TEST(DownBlock, OfImagesHasNoFirstReluAndPoolsItsShortcut) {
  torch::manual_seed(3);
  DownBlock block(DownBlockOptions{.from = 2, .to = 5, .first = true, .spectral = false});
  block->to(torch::kDouble);
  fill_biases(*block);
  const auto weights = block->named_parameters();
  const auto map = torch::randn({2, 2, 6, 6}, torch::kDouble);
  EXPECT_EQ(weights["conv1.weight"].size(0), 5);
  auto made = convolved(weights, "conv1", map);
  made = torch::avg_pool2d(convolved(weights, "conv2", made.relu()), 2);
  const auto wanted = made + convolved(weights, "shortcut", torch::avg_pool2d(map, 2));
  EXPECT_TRUE(torch::allclose(block->forward(map), wanted));
}

TEST(DownBlock, FurtherInBeginsWithReluAndWidensLast) {
  torch::manual_seed(4);
  DownBlock block(DownBlockOptions{.from = 2, .to = 5, .halves = false, .spectral = false});
  block->to(torch::kDouble);
  fill_biases(*block);
  const auto weights = block->named_parameters();
  const auto map = torch::randn({2, 2, 6, 6}, torch::kDouble);
  EXPECT_EQ(weights["conv1.weight"].size(0), 2);
  const auto made = convolved(weights, "conv2", convolved(weights, "conv1", map.relu()).relu());
  EXPECT_TRUE(torch::allclose(block->forward(map), made + convolved(weights, "shortcut", map)));
}

TEST(DownBlock, OfOneSizeAndWidthAddsToItsInput) {
  torch::manual_seed(5);
  DownBlock block(DownBlockOptions{.from = 4, .to = 4, .halves = false, .spectral = false});
  block->to(torch::kDouble);
  const auto weights = block->named_parameters();
  EXPECT_FALSE(weights.contains("shortcut.weight"));
  const auto map = torch::randn({2, 4, 6, 6}, torch::kDouble);
  const auto made = convolved(weights, "conv2", convolved(weights, "conv1", map.relu()).relu());
  EXPECT_TRUE(torch::allclose(block->forward(map), map + made));
  const auto outer = torch::randn_like(map);
  expect_gradient_of([&](const torch::Tensor& x) { return (block->forward(x) * outer).sum(); },
                     map);
}

// Uniform in +-gain sqrt(6 / (fan in + fan out)); biases 0.
TEST(ResidualBlocks, AreXavierUniformWithMoreGainInTheBranch) {
  torch::manual_seed(6);
  DownBlock block(DownBlockOptions{.from = 64, .to = 32});
  for (const auto& item : block->named_parameters()) {
    const torch::Tensor& weight = item.value();
    if (weight.dim() == 1) {
      EXPECT_EQ(weight.abs().max().item<double>(), 0) << item.key();
      continue;
    }
    const bool branch = item.key().starts_with("conv");
    const auto fans = static_cast<double>((weight.size(0) + weight.size(1)) * weight[0][0].numel());
    const double bound = (branch ? std::sqrt(2.0) : 1) * std::sqrt(6 / fans);
    const double largest = weight.abs().max().item<double>();
    EXPECT_LE(largest, bound * 1.000001) << item.key();
    EXPECT_GT(largest, 0.98 * bound) << item.key();
    EXPECT_NEAR(weight.std().item<double>() * std::sqrt(3.0) / bound, 1, 0.05) << item.key();
  }
}

}  // namespace
}  // namespace gantrain
