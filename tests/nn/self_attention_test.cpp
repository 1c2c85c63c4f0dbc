#include "gantrain/nn/self_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "gantrain/runtime/device.h"

#include "nn/finite_differences.h"

namespace gantrain {
namespace {

SelfAttention attention(int64_t channels, double gamma) {
  SelfAttention layer(channels, /*spectral=*/false);
  layer->to(torch::kDouble);
  torch::NoGradGuard no_grad;
  layer->named_parameters()["gamma"].fill_(gamma);
  return layer;
}

// What a 1x1 convolution makes of the places of one picture: [places, out].
torch::Tensor at_places(SelfAttention& layer, const char* name, const torch::Tensor& picture) {
  const torch::Tensor weight = layer->named_parameters()[std::string(name) + ".weight"].detach();
  return picture.flatten(1).t().mm(weight.flatten(1).t());
}

// The largest of each 2x2 places of [H * W, channels], row by row.
torch::Tensor pooled_by_hand(const torch::Tensor& places, int64_t height, int64_t width) {
  std::vector<torch::Tensor> rows;
  for (int64_t y = 0; y + 1 < height; y += 2) {
    for (int64_t x = 0; x + 1 < width; x += 2) {
      rows.push_back(torch::stack({places[y * width + x], places[y * width + x + 1],
                                   places[(y + 1) * width + x], places[(y + 1) * width + x + 1]})
                         .amax(0));
    }
  }
  return torch::stack(rows);
}

// Equations 1 to 3 of the paper, place by place.
TEST(SelfAttention, ComputesThePapersFormula) {
  torch::manual_seed(1);
  constexpr int64_t kHeight = 4;
  constexpr int64_t kWidth = 6;
  SelfAttention layer = attention(16, 0.7);
  const auto map = torch::randn({2, 16, kHeight, kWidth}, torch::kDouble);
  const auto got = layer->forward(map).detach();
  for (int64_t n = 0; n < 2; ++n) {
    const auto f = at_places(layer, "query", map[n]);
    const auto g = pooled_by_hand(at_places(layer, "key", map[n]), kHeight, kWidth);
    const auto h = pooled_by_hand(at_places(layer, "value", map[n]), kHeight, kWidth);
    const auto v = layer->named_parameters()["out.weight"].detach().flatten(1);
    EXPECT_EQ(f.size(1), 2);
    EXPECT_EQ(h.size(1), 8);
    for (int64_t j = 0; j < kHeight * kWidth; ++j) {
      double total = 0;
      auto seen = torch::zeros({8}, torch::kDouble);
      for (int64_t i = 0; i < g.size(0); ++i) {
        const double share = std::exp(torch::dot(f[j], g[i]).item<double>());
        total += share;
        seen = seen + share * h[i];
      }
      const auto wanted = map[n].flatten(1).select(1, j) + 0.7 * v.mv(seen / total);
      EXPECT_TRUE(torch::allclose(got[n].flatten(1).select(1, j), wanted)) << n << " " << j;
    }
  }
}

TEST(SelfAttention, ChangesNothingAtFirst) {
  SelfAttention layer(8, /*spectral=*/true);
  const auto map = torch::randn({1, 8, 4, 4});
  EXPECT_TRUE(torch::equal(layer->forward(map), map));
  EXPECT_EQ(layer->named_parameters().keys(),
            (std::vector<std::string>{"gamma", "query.weight_orig", "key.weight_orig",
                                      "value.weight_orig", "out.weight_orig"}));
}

TEST(SelfAttention, HasTheGradientOfFiniteDifferencesTwice) {
  torch::manual_seed(2);
  SelfAttention layer = attention(8, 1.3);
  const auto outer = torch::randn({2, 8, 4, 4}, torch::kDouble);
  expect_gradient_of([&](const torch::Tensor& map) { return (layer->forward(map) * outer).sum(); },
                     torch::randn({2, 8, 4, 4}, torch::kDouble), /*twice=*/true);
}

TEST(SelfAttention, KeepsPrecisionAndMemoryFormat) {
  SelfAttention layer(16, /*spectral=*/true);
  const auto map = torch::randn({2, 16, 4, 4})
                       .to(torch::kBFloat16)
                       .contiguous(torch::MemoryFormat::ChannelsLast);
  const PrecisionScope scope(torch::kCPU, Precision::kBf16);
  const auto got = layer->forward(map);
  EXPECT_EQ(got.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(got.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace gantrain
