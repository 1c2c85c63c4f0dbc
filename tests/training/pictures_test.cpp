#include "gantrain/training/pictures.h"

#include <gtest/gtest.h>

#include "gantrain/training/interpolation.h"

#include "training/tiny_run.h"

namespace gantrain {
namespace {

TEST(Pictures, RoundToTheNearestByteAndClamp) {
  const torch::Tensor values =
      torch::tensor({-1.5, -1.0, 0.0, 0.5, 1.0, 2.0}).reshape({1, 1, 1, 6});
  const auto images = to_images(values);
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].pixels, (std::vector<uint8_t>{0, 0, 128, 191, 255, 255}));
  EXPECT_EQ(images[0].width, 6);
  EXPECT_EQ(images[0].channels, 1);
}

TEST(Pictures, SixteenBitsUseTheWholeRange) {
  const torch::Tensor values = torch::tensor({-1.0, 0.0, 1.0, 2.0}).reshape({1, 1, 1, 4});
  const auto images = to_images(values, 16);
  EXPECT_EQ(images[0].bits, 16);
  const uint16_t* samples = images[0].samples16();
  EXPECT_EQ(std::vector<uint16_t>(samples, samples + 4),
            (std::vector<uint16_t>{0, 32768, 65535, 65535}));
}

TEST(Pictures, ChannelsAreInterleaved) {
  const torch::Tensor values =
      torch::tensor({-1.0, 1.0, 1.0, -1.0, -1.0, -1.0}).reshape({1, 3, 1, 2});
  EXPECT_EQ(to_images(values)[0].pixels, (std::vector<uint8_t>{0, 255, 0, 255, 0, 0}));
}

TEST(Pictures, ALatentDependsOnSeedAndIndexAlone) {
  const torch::Tensor many = latents_of({{7, 0, -1}, {7, 1, -1}, {8, 1, -1}}, 5);
  const torch::Tensor one = latents_of({{7, 1, -1}}, 5);
  EXPECT_TRUE(torch::equal(many[1], one[0]));
  EXPECT_FALSE(torch::equal(many[0], many[1]));
  EXPECT_FALSE(torch::equal(many[1], many[2]));
}

TEST(Pictures, TruncatedLatentsAreWithinAndElsewhereWhatTheyWere) {
  const std::vector<PictureKey> keys = {{7, 0, -1}, {7, 1, -1}, {8, 0, -1}};
  const torch::Tensor all = latents_of(keys, 400);
  for (const double truncation : {0.1, 0.7, 2.0}) {
    const torch::Tensor z = latents_of(keys, 400, truncation);
    EXPECT_LE(z.abs().max().item<double>(), truncation);
    const torch::Tensor inside = all.abs() <= truncation;
    EXPECT_TRUE(torch::equal(z.masked_select(inside), all.masked_select(inside)));
    EXPECT_TRUE(torch::equal(z, latents_of(keys, 400, truncation)));
    EXPECT_TRUE(torch::equal(z[1], latents_of({{7, 1, -1}}, 400, truncation)[0]));
  }
  // The variance of a normal number within one: 1 - 2 phi(1) / (2 Phi(1) - 1) = 0.2911.
  const torch::Tensor one = latents_of({{3, 0, -1}}, 20'000, 1.0);
  EXPECT_NEAR(one.var().item<double>(), 0.2911, 0.01);
  EXPECT_TRUE(torch::equal(latents_of(keys, 400, 0), all));
}

TEST(Pictures, AClassLeftOpenDependsOnSeedAndIndexAlone) {
  std::vector<PictureKey> keys;
  for (int64_t i = 0; i < 200; ++i) {
    keys.push_back({7, i});
  }
  const torch::Tensor drawn = labels_of(keys, 4);
  EXPECT_EQ(torch::bincount(drawn).size(0), 4);
  EXPECT_GT(torch::bincount(drawn).min().item<int64_t>(), 25);
  EXPECT_TRUE(torch::equal(labels_of({keys[9], {7, 3, 2}}, 4),
                           torch::tensor({drawn[9].item<int64_t>(), int64_t{2}})));
  EXPECT_FALSE(labels_of(keys, 0).defined());
}

TEST(Pictures, EveryClassHasTheSameLatents) {
  const auto keys = in_every_class({{7, 0}, {7, 1}}, 3);
  EXPECT_TRUE(torch::equal(labels_of(keys, 3), torch::tensor({0, 0, 1, 1, 2, 2})));
  const torch::Tensor z = latents_of(keys, 5);
  EXPECT_TRUE(torch::equal(z.slice(0, 0, 2), z.slice(0, 4, 6)));
  EXPECT_FALSE(torch::equal(z[0], z[1]));
}

TEST(Pictures, APictureDoesNotDependOnHowManyAreMade) {
  auto state = tiny_state(tiny_config());
  auto generator = state->best_generator();
  const torch::Tensor z = torch::randn({kPictureBatch + 5, generator->latent_dim()});
  const auto made = [&](const torch::Tensor& latents) {
    std::vector<torch::Tensor> batches;
    generate(*generator, latents, {}, torch::kCPU,
             [&](int64_t, const torch::Tensor& images) { batches.push_back(images); });
    return torch::cat(batches);
  };
  const torch::Tensor all = made(z);
  EXPECT_EQ(all.size(0), kPictureBatch + 5);
  EXPECT_TRUE(torch::equal(made(z.slice(0, 0, 3)), all.slice(0, 0, 3)));
}

TEST(Interpolation, StartsAndEndsAtItsPoints) {
  const torch::Tensor points = torch::randn({3, 6});
  const torch::Tensor path = interpolate_latents(points, 21);
  EXPECT_TRUE(torch::equal(path[0], points[0]));
  EXPECT_TRUE(torch::equal(path[10], points[1]));
  EXPECT_TRUE(torch::equal(path[20], points[2]));
}

TEST(Interpolation, StaysOnTheSphere) {
  const torch::Tensor points = torch::tensor({{3.0, 0.0}, {0.0, 3.0}});
  const torch::Tensor path = interpolate_latents(points, 5);
  EXPECT_TRUE(torch::allclose(path.norm(2, 1), torch::full({5}, 3.0)));
  EXPECT_TRUE(torch::allclose(path[2], torch::full({2}, 3.0 / std::sqrt(2.0))));
}

TEST(Interpolation, OppositePointsGiveFiniteLatents) {
  const torch::Tensor points = torch::tensor({{1.0, 0.0}, {-1.0, 0.0}});
  EXPECT_TRUE(torch::isfinite(interpolate_latents(points, 4)).all().item<bool>());
}

}  // namespace
}  // namespace gantrain
