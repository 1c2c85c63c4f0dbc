#include "gantrain/nn/resampling_conv.h"

#include <gtest/gtest.h>

#include "nn/finite_differences.h"

namespace gantrain {
namespace {

constexpr int64_t kFrom = 3;
constexpr int64_t kTo = 5;

torch::Tensor halved(const torch::Tensor& map, const torch::Tensor& weight,
                     const torch::Tensor& bias) {
  return torch::conv2d(map, weight, bias, /*stride=*/2, /*padding=*/1);
}

torch::Tensor doubled(const torch::Tensor& map, const torch::Tensor& weight,
                      const torch::Tensor& bias) {
  return torch::conv_transpose2d(map, weight, bias, /*stride=*/2, /*padding=*/1);
}

// Values and all gradients on maps of N, H, W. Those with few positions are products of matrices.
template <typename Layer, typename Function>
void expect_equal(Layer& layer, const Function& function,
                  std::initializer_list<std::array<int64_t, 3>> sizes) {
  for (const auto& [images, height, width] : sizes) {
    for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
      SCOPED_TRACE(testing::Message() << images << " of " << height << "x" << width);
      const torch::Tensor map = torch::randn({images, kFrom, height, width}, torch::kDouble)
                                    .contiguous(format)
                                    .requires_grad_();
      const torch::Tensor expected = function(map, layer->weight, layer->bias);
      const torch::Tensor got = layer->forward(map);
      ASSERT_EQ(got.sizes(), expected.sizes());
      EXPECT_TRUE(torch::allclose(got, expected, 0, 1e-12));
      EXPECT_TRUE(got.is_contiguous(map.suggest_memory_format()));
      std::vector<torch::Tensor> inputs = {map, layer->weight};
      if (layer->bias.defined()) {
        inputs.push_back(layer->bias);
      }
      const torch::Tensor direction = torch::randn_like(expected);
      const auto expected_gradients = torch::autograd::grad({expected}, inputs, {direction});
      const auto gradients = torch::autograd::grad({got}, inputs, {direction});
      for (size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_TRUE(torch::allclose(gradients[i], expected_gradients[i], 0, 1e-12)) << i;
      }
    }
  }
}

TEST(ResamplingConv, HalvingIsAConvolution) {
  torch::manual_seed(1);
  for (const bool with_bias : {false, true}) {
    HalvingConv layer(kFrom, kTo, with_bias);
    layer->to(torch::kDouble);
    expect_equal(layer, halved, {{1, 2, 2}, {4, 8, 8}, {3, 4, 6}, {2, 7, 5}, {5, 8, 8}});
  }
}

TEST(ResamplingConv, DoublingIsATransposedConvolution) {
  torch::manual_seed(2);
  for (const bool with_bias : {false, true}) {
    DoublingConv layer(kFrom, kTo, with_bias);
    layer->to(torch::kDouble);
    expect_equal(layer, doubled, {{1, 1, 1}, {4, 4, 4}, {3, 2, 5}, {5, 4, 4}});
  }
}

TEST(ResamplingConv, CanBeDifferentiatedTwice) {
  torch::manual_seed(3);
  HalvingConv halving(kFrom, kTo, /*with_bias=*/true);
  halving->to(torch::kDouble);
  expect_gradient_of([&](const torch::Tensor& x) { return halving->forward(x).pow(3).sum(); },
                     torch::randn({2, kFrom, 4, 4}, torch::kDouble), /*twice=*/true);
  DoublingConv doubling(kFrom, kTo, /*with_bias=*/true);
  doubling->to(torch::kDouble);
  expect_gradient_of([&](const torch::Tensor& x) { return doubling->forward(x).pow(3).sum(); },
                     torch::randn({2, kFrom, 2, 2}, torch::kDouble), /*twice=*/true);
}

TEST(ResamplingConv, RoundsToBf16AsAConvolutionDoes) {
  torch::manual_seed(4);
  DoublingConv layer(64, 32, /*with_bias=*/true);
  const torch::Tensor map = torch::randn({2, 64, 4, 4});
  const torch::Tensor exact = doubled(map, layer->weight, layer->bias);
  layer->to(torch::kBFloat16);
  const torch::Tensor got = layer->forward(map.to(torch::kBFloat16));
  EXPECT_EQ(got.scalar_type(), torch::kBFloat16);
  EXPECT_LE((got.to(torch::kFloat) - exact).abs().max().item<double>(),
            0.02 * exact.abs().max().item<double>());
}

}  // namespace
}  // namespace gantrain
