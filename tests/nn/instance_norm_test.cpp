#include "gantrain/nn/instance_norm.h"

#include <gtest/gtest.h>

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/picture_pass.h"

namespace gantrain {
namespace {

constexpr double kEps = 1e-5;

torch::Tensor maps(int64_t count) {
  torch::manual_seed(3);
  return torch::randn({count, 4, 6, 5}, torch::kDouble) * 3 + 1;
}

TEST(InstanceNorm, GivesEveryChannelOfEveryPictureMeanZeroAndDeviationOne) {
  for (const int64_t count : {1, 3}) {
    const torch::Tensor normed = InstanceNorm2d()->forward(maps(count));
    EXPECT_LE(normed.mean({2, 3}).abs().max().item<double>(), 1e-9);
    EXPECT_LE((normed.var({2, 3}, /*unbiased=*/false) - 1).abs().max().item<double>(), 1e-4);
  }
}

TEST(InstanceNorm, IsTheSameAloneAndInABatchWithItsGradient) {
  const torch::Tensor weight = torch::tensor({1.0, 2.0, -1.0, 0.5}, torch::kDouble);
  const torch::Tensor bias = torch::tensor({0.0, 1.0, 2.0, 3.0}, torch::kDouble);
  const torch::Tensor all = maps(3).requires_grad_();
  const torch::Tensor together = instance_norm(all, weight, bias, kEps);
  const torch::Tensor expected = torch::nn::functional::instance_norm(
      all, torch::nn::functional::InstanceNormFuncOptions().weight(weight).bias(bias));
  EXPECT_TRUE(torch::allclose(together, expected, 1e-12, 1e-12));
  const torch::Tensor gradient = torch::autograd::grad({together.pow(3).sum()}, {all})[0];
  for (int64_t i = 0; i < 3; ++i) {
    const torch::Tensor one = all.detach().slice(0, i, i + 1).requires_grad_();
    const torch::Tensor alone = instance_norm(one, weight, bias, kEps);
    EXPECT_TRUE(torch::allclose(alone, together.slice(0, i, i + 1), 1e-12, 1e-12));
    EXPECT_TRUE(torch::allclose(torch::autograd::grad({alone.pow(3).sum()}, {one})[0],
                                gradient.slice(0, i, i + 1), 1e-9, 1e-9));
  }
}

TEST(PicturePass, SwitchesNormsAndDropoutsAndBack) {
  torch::nn::Sequential network{PictureBatchNorm2d(4), Dropout(0.5)};
  network->to(torch::kDouble);
  network->train();
  const torch::Tensor input = maps(2);
  const torch::Tensor own = instance_norm(input, torch::ones({4}, torch::kDouble),
                                          torch::zeros({4}, torch::kDouble), kEps);
  torch::NoGradGuard no_grad;
  {
    const PicturePass pass(*network, /*own_statistics=*/true);
    const torch::Tensor made = network->forward(input);
    const torch::Tensor kept = made.ne(0);
    EXPECT_TRUE(torch::allclose(made, torch::where(kept, 2 * own, made), 1e-9, 1e-9));
    EXPECT_NEAR(kept.to(torch::kDouble).mean().item<double>(), 0.5, 0.2);
  }
  EXPECT_TRUE(network->is_training());
  {
    const PicturePass pass(*network, /*own_statistics=*/false);
    EXPECT_TRUE(torch::allclose(network->forward(input), input, 1e-4, 1e-4))
        << "running statistics are still those of the start";
  }
  network->eval();
  EXPECT_TRUE(torch::allclose(network->forward(input), input, 1e-4, 1e-4));
}

TEST(Dropout, MultipliesByGivenFactors) {
  Dropout dropout(0.5);
  dropout->eval();
  dropout->give_factors(torch::tensor({0.0, 2.0}));
  EXPECT_TRUE(torch::equal(dropout->forward(torch::tensor({3.0, 4.0})), torch::tensor({0.0, 8.0})));
  dropout->give_factors({});
  EXPECT_TRUE(torch::equal(dropout->forward(torch::tensor({3.0, 4.0})), torch::tensor({3.0, 4.0})));
}

}  // namespace
}  // namespace gantrain
