#include "gantrain/nn/map_linear.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;

torch::Tensor random_map(torch::MemoryFormat format) {
  return torch::randn({3, 5, 4, 4}, torch::kDouble).contiguous(format).requires_grad_();
}

TEST(MapLinear, IsFlattenAndLinear) {
  MapLinear layer(5, 4, 2, /*bias=*/true);
  layer->to(torch::kDouble);
  for (const auto format : {kChannelsLast, torch::MemoryFormat::Contiguous}) {
    const torch::Tensor map = random_map(format);
    const torch::Tensor expected = torch::linear(map.flatten(1), layer->weight, layer->bias);
    const torch::Tensor got = layer->forward(map);
    EXPECT_TRUE(torch::allclose(got, expected));
    const std::vector<torch::Tensor> inputs = {map, layer->weight, layer->bias};
    const torch::Tensor direction = torch::randn_like(got);
    const auto expected_gradients = torch::autograd::grad({expected}, inputs, {direction});
    const auto gradients = torch::autograd::grad({got}, inputs, {direction});
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_TRUE(torch::allclose(gradients[i], expected_gradients[i])) << i;
    }
  }
}

TEST(MapLinear, GradientsStayInChannelsLast) {
  MapLinear layer(5, 4, 1, /*bias=*/false);
  layer->to(torch::kDouble);
  const torch::Tensor map = random_map(kChannelsLast);
  const auto gradient = torch::autograd::grad({layer->forward(map).sum()}, {map})[0];
  EXPECT_TRUE(gradient.is_contiguous(kChannelsLast));
}

TEST(MapLinear, HasTheWeightOfTheLinearItReplaces) {
  MapLinear layer(128, 7, 1, /*bias=*/true);
  EXPECT_EQ(layer->weight.sizes(), (torch::IntArrayRef{1, 6272}));
  EXPECT_EQ(layer->bias.sizes(), (torch::IntArrayRef{1}));
}

}  // namespace
}  // namespace gantrain
