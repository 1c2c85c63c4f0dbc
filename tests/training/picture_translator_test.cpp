#include "gantrain/training/picture_translator.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace gantrain {
namespace {

namespace F = torch::nn::functional;

PictureTask task_of(int64_t channels, int64_t multiple, int64_t scale, int64_t radius) {
  PictureTask task;
  task.input_channels = channels;
  task.image_channels = channels;
  task.multiple = multiple;
  task.scale = scale;
  task.radius = radius;
  return task;
}

// The mean over a window of side 2 * radius + 1, zeros beyond the edges: an error at a tile's edge
// shows.
PictureFunction blur(int64_t radius) {
  return [radius](const torch::Tensor& x) {
    return F::avg_pool2d(x, F::AvgPool2dFuncOptions(2 * radius + 1).stride(1).padding(radius));
  };
}

torch::Tensor picture(int64_t height, int64_t width, int64_t channels = 3) {
  torch::manual_seed(5);
  return torch::rand({1, channels, height, width}) * 2 - 1;
}

TranslatorLimits tiles_of(int64_t side, int64_t batch = 1) {
  return {.tile = side, .batch = batch};
}

TEST(PictureTranslator, KeepsEverySize) {
  for (const int64_t multiple : {1, 4, 256}) {
    const PictureTranslator translator(
        task_of(3, multiple, 1, 0),
        [&](const torch::Tensor& x) {
          EXPECT_EQ(x.size(2) % multiple, 0);
          EXPECT_EQ(x.size(3) % multiple, 0);
          return -x;
        },
        {}, torch::kCPU);
    for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{
             {1, 1}, {17, 31}, {255, 257}, {256, 256}, {1, 300}}) {
      const torch::Tensor input = picture(height, width);
      EXPECT_TRUE(torch::equal(translator.run(input), -input)) << height << "x" << width;
    }
  }
}

TEST(PictureTranslator, PadsByMirroringBothSides) {
  torch::Tensor seen;
  const PictureTranslator translator(
      task_of(1, 8, 1, 0), [&](const torch::Tensor& x) { return seen = x, x; }, {}, torch::kCPU);
  const torch::Tensor row =
      torch::arange(20, torch::kFloat).view({1, 1, 1, 20}).expand({1, 1, 16, 20});
  translator.run(row);
  ASSERT_EQ(seen.sizes(), (torch::IntArrayRef{1, 1, 16, 24}));
  EXPECT_EQ(seen[0][0][0][0].item<float>(), 2);
  EXPECT_EQ(seen[0][0][0][1].item<float>(), 1);
  EXPECT_EQ(seen[0][0][0][2].item<float>(), 0);
  EXPECT_EQ(seen[0][0][0][22].item<float>(), 18);
  EXPECT_EQ(seen[0][0][0][23].item<float>(), 17);
}

TEST(PictureTranslator, TilesOfALocalFunctionGiveTheWholePicture) {
  for (const int64_t multiple : {1, 4}) {
    const PictureTask task = task_of(3, multiple, 1, 7);
    const PictureTranslator whole(task, blur(7), {}, torch::kCPU);
    const PictureTranslator tiled(task, blur(7), tiles_of(80, 3), torch::kCPU);
    for (const auto& [height, width] :
         std::vector<std::pair<int64_t, int64_t>>{{300, 200}, {81, 79}, {64, 333}}) {
      const torch::Tensor input = picture(height, width);
      EXPECT_TRUE(tiled.plan(height, width).tiled());
      EXPECT_LT((tiled.run(input) - whole.run(input)).abs().max().item<float>(), 1e-5);
    }
  }
}

TEST(PictureTranslator, TooSmallARadiusWouldShow) {
  const PictureTranslator whole(task_of(3, 1, 1, 40), blur(40), {}, torch::kCPU);
  const PictureTranslator tiled(task_of(3, 1, 1, 0), blur(40), tiles_of(60), torch::kCPU);
  const torch::Tensor input = picture(200, 200).abs();
  EXPECT_GT((tiled.run(input) - whole.run(input)).abs().max().item<float>(), 1.0 / 255);
}

TEST(PictureTranslator, TilesOfAnEnlargingFunctionGiveTheWholePicture) {
  const PictureFunction enlarge = [](const torch::Tensor& x) {
    return F::interpolate(
        blur(3)(x),
        F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kNearest));
  };
  const PictureTask task = task_of(1, 1, 2, 4);
  const PictureTranslator whole(task, enlarge, {}, torch::kCPU);
  const PictureTranslator tiled(task, enlarge, tiles_of(64), torch::kCPU);
  const torch::Tensor input = picture(150, 99, 1);
  const torch::Tensor made = tiled.run(input);
  EXPECT_EQ(made.sizes(), (torch::IntArrayRef{1, 1, 300, 198}));
  EXPECT_LT((made - whole.run(input)).abs().max().item<float>(), 1e-5);
}

TEST(PictureTranslator, SeamsOfTilesThatDifferInColourAreNoEdges) {
  // Every tile of a smooth ramp gets its own mean taken away, as a norm over the picture would.
  PictureTask task = task_of(1, 4, 1, 40);
  task.sees_whole_picture = true;
  const PictureTranslator tiled(
      task,
      [](const torch::Tensor& x) {
        return x - 0.2 * x.mean({2, 3}, true);
      },
      tiles_of(256), torch::kCPU);
  const torch::Tensor ramp =
      torch::linspace(-1, 1, 1000).view({1, 1, 1, 1000}).expand({1, 1, 300, 1000}).contiguous();
  const torch::Tensor noise = torch::rand({1, 1, 300, 1000}) * 0.05;
  const torch::Tensor made = tiled.run(ramp + noise)[0][0];
  const torch::Tensor steps = (made.slice(1, 1) - made.slice(1, 0, -1)).abs().mean(0);
  const TileAxis columns = tiled.plan(300, 1000).columns;
  double worst = 0;
  for (size_t i = 1; i < columns.starts.size(); ++i) {
    const int64_t start = columns.starts[i];
    worst = std::max(worst, steps.slice(0, start, start + columns.overlap()).mean().item<double>());
  }
  EXPECT_LE(worst, 1.1 * steps.mean().item<double>());
}

TEST(PictureTranslator, MemoryDecidesBetweenWholeAndTiles) {
  const PictureTask task = task_of(3, 4, 1, 8);
  // Sixteen maps of the picture's size at once: 16 * 3 * 4 bytes a pixel, and half as much again.
  const PictureFunction hungry = [](const torch::Tensor& x) {
    return x.repeat({1, 16, 1, 1}).slice(1, 0, 3).contiguous();
  };
  const PictureTranslator translator(task, hungry, {.batch = 8, .memory_bytes = 8 << 20},
                                     torch::kCPU);
  EXPECT_NEAR(translator.bytes_per_pixel(), 1.5 * (16 + 1 + 1) * 3 * 4, 30);
  const TranslationPlan small = translator.plan(100, 100);
  EXPECT_FALSE(small.tiled());
  EXPECT_EQ(small.batch, 2);
  const TranslationPlan large = translator.plan(1000, 1000);
  EXPECT_TRUE(large.tiled());
  EXPECT_EQ(large.batch, 1);
  const auto tile_pixels = static_cast<double>(large.rows.tile * large.columns.tile);
  EXPECT_LE(tile_pixels * translator.bytes_per_pixel(), 8 << 20);
  EXPECT_GE(large.rows.overlap(), 2 * task.radius);
}

TEST(PictureTranslator, TilesShareAtLeastTheRadius) {
  for (const bool sees_whole : {false, true}) {
    PictureTask task = task_of(3, 32, 1, 200);
    task.sees_whole_picture = sees_whole;
    const PictureTranslator translator(
        task, [](const torch::Tensor& x) { return x; }, tiles_of(1), torch::kCPU);
    const TranslationPlan plan = translator.plan(2000, 3000);
    EXPECT_TRUE(plan.tiled());
    EXPECT_GE(plan.rows.overlap(), 200);
    EXPECT_GE(plan.columns.overlap(), 200);
  }
}

TEST(PictureTranslator, ARadiusTooLargeForTheMemoryIsSharedOnce) {
  // A U-Net of 256 px: what reaches a pixel comes from up to 1024 px away.
  const PictureTask task = task_of(3, 256, 1, 1024);
  const PictureTranslator translator(
      task,
      [](const torch::Tensor& x) {
        return x.repeat({1, 64, 1, 1}).slice(1, 0, 3);
      },
      {.memory_bytes = uint64_t{2} << 30}, torch::kCPU);
  const TranslationPlan plan = translator.plan(3000, 2500);
  EXPECT_TRUE(plan.tiled());
  EXPECT_GE(plan.rows.overlap(), task.radius);
  EXPECT_LT(plan.rows.overlap(), 2 * task.radius);
  const auto tile_pixels = static_cast<double>(plan.rows.tile * plan.columns.tile);
  EXPECT_LE(tile_pixels * translator.bytes_per_pixel(), static_cast<double>(uint64_t{2} << 30));
}

TEST(PictureTranslator, BatchesChangeNothing) {
  const PictureTask task = task_of(3, 4, 1, 3);
  const PictureTranslator one(task, blur(3), tiles_of(0, 1), torch::kCPU);
  const PictureTranslator many(task, blur(3), tiles_of(0, 4), torch::kCPU);
  torch::manual_seed(2);
  const torch::Tensor inputs = torch::rand({6, 3, 30, 50});
  const torch::Tensor made = many.run(inputs);
  EXPECT_LT((made - one.run(inputs)).abs().max().item<float>(), 1e-6);
  EXPECT_LT((made.slice(0, 5, 6) - one.run(inputs.slice(0, 5, 6))).abs().max().item<float>(), 1e-6);
}

}  // namespace
}  // namespace gantrain
