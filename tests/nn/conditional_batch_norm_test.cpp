#include "gantrain/nn/conditional_batch_norm.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

torch::Tensor standardised(const torch::Tensor& map) {
  const torch::Tensor mean = map.mean({0, 2, 3}, true);
  const torch::Tensor variance = (map - mean).square().mean({0, 2, 3}, true);
  return (map - mean) / (variance + 1e-5).sqrt();
}

TEST(ConditionalBatchNorm, BeginsAsBatchNormWithoutParameters) {
  torch::manual_seed(1);
  ConditionalBatchNorm2d layer(3, 5);
  layer->to(torch::kDouble);
  const auto map = torch::randn({4, 3, 2, 2}, torch::kDouble) * 3 + 1;
  const auto labels = torch::tensor({0, 4, 1, 1});
  EXPECT_TRUE(torch::allclose(layer->forward(map, labels), standardised(map)));
}

TEST(ConditionalBatchNorm, UsesTheRowsOfEachPicturesClass) {
  torch::manual_seed(2);
  ConditionalBatchNorm2d layer(2, 3);
  layer->to(torch::kDouble);
  auto rows = layer->named_parameters();
  torch::NoGradGuard no_grad;
  rows["gain.weight"].copy_(torch::randn({3, 2}));
  rows["offset.weight"].copy_(torch::randn({3, 2}));
  const auto map = torch::randn({3, 2, 4, 4}, torch::kDouble);
  const std::vector<int64_t> labels = {2, 0, 2};
  const auto got = layer->forward(map, torch::tensor(labels));
  const auto normal = standardised(map);
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t label = labels[static_cast<size_t>(i)];
    const auto gain = rows["gain.weight"][label].view({2, 1, 1});
    const auto offset = rows["offset.weight"][label].view({2, 1, 1});
    EXPECT_TRUE(torch::allclose(got[i], gain * normal[i] + offset)) << i;
  }
}

// d/d gain[k] of sum(outer * y) is the sum of outer * normal over the pictures of class k.
TEST(ConditionalBatchNorm, GivesRowsTheGradientsOfTheirPictures) {
  torch::manual_seed(3);
  ConditionalBatchNorm2d layer(2, 3);
  layer->to(torch::kDouble);
  const auto map = torch::randn({3, 2, 4, 4}, torch::kDouble);
  const auto outer = torch::randn_like(map);
  const auto loss = (layer->forward(map, torch::tensor({2, 0, 2})) * outer).sum();
  auto rows = layer->named_parameters();
  const auto gradients =
      torch::autograd::grad({loss}, {rows["gain.weight"], rows["offset.weight"]});
  const auto each = (outer * standardised(map)).sum({2, 3});
  const auto nothing = torch::zeros({2}, torch::kDouble);
  EXPECT_TRUE(torch::allclose(gradients[0], torch::stack({each[1], nothing, each[0] + each[2]})));
  const auto plain = outer.sum({2, 3});
  EXPECT_TRUE(
      torch::allclose(gradients[1], torch::stack({plain[1], nothing, plain[0] + plain[2]})));
}

TEST(ConditionalBatchNorm, WithoutClassesIsTheOrdinaryOne) {
  ConditionalBatchNorm2d layer(3, 0);
  torch::nn::BatchNorm2d ordinary(3);
  EXPECT_EQ(layer->named_parameters().keys(), ordinary->named_parameters().keys());
  EXPECT_EQ(layer->named_buffers().keys(), ordinary->named_buffers().keys());
  const auto map = torch::randn({4, 3, 2, 2});
  EXPECT_TRUE(torch::equal(layer->forward(map, {}), ordinary->forward(map)));
}

TEST(ConditionalBatchNorm, KeepsPrecisionAndMemoryFormat) {
  ConditionalBatchNorm2d layer(8, 2);
  const auto map =
      torch::randn({2, 8, 4, 4}).to(torch::kBFloat16).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto got = layer->forward(map, torch::tensor({0, 1}));
  EXPECT_EQ(got.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(got.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace gantrain
