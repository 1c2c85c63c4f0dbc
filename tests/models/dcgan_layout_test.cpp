#include "models/dcgan_layout.h"

#include <string>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

std::vector<int64_t> generator_sizes(const DcganOptions& options) {
  const DcganLayout layout = dcgan_layout(options);
  std::vector<int64_t> sizes = {layout.base_size};
  for (const DcganStage& stage : layout.generator) {
    sizes.push_back(stage.out_size);
  }
  return sizes;
}

OptionConflict conflict_of(const DcganOptions& options) {
  std::optional<OptionConflict> conflict;
  EXPECT_FALSE(dcgan_layout(options, conflict).has_value());
  return conflict.value_or(OptionConflict{});
}

using Sizes = std::vector<int64_t>;

TEST(DcganLayout, DoublesFromFourToSixtyFourAsPublished) {
  const DcganOptions options;
  EXPECT_EQ(generator_sizes(options), (Sizes{4, 8, 16, 32, 64}));
  const DcganLayout layout = dcgan_layout(options);
  EXPECT_EQ(layout.base_channels, 512);
  EXPECT_EQ(layout.generator[3].in_channels, 64);
  EXPECT_EQ(layout.generator[3].out_channels, 3);
  EXPECT_EQ(layout.head_size, 4);
  EXPECT_EQ(layout.head_channels, 512);
}

TEST(DcganLayout, TensorFlowsTutorialKeepsSevenPixelsInItsFirstStage) {
  DcganOptions options;
  options.resolution = 28;
  options.generator_channels = {256, 128, 64};
  options.generator_strides = {1, 2, 2};
  options.generator_kernels = {5};
  EXPECT_EQ(generator_sizes(options), (Sizes{7, 7, 14, 28}));
  const DcganLayout layout = dcgan_layout(options);
  EXPECT_EQ(layout.generator[0].output_padding, 0);
  EXPECT_EQ(layout.generator[1].output_padding, 1);
}

TEST(DcganLayout, ReachesSevenFromFourWithKernelThree) {
  DcganOptions options;
  options.resolution = 28;
  options.generator_channels = {256, 128, 64};
  options.generator_kernels = {3, 4, 4};
  EXPECT_EQ(generator_sizes(options), (Sizes{4, 7, 14, 28}));
}

TEST(DcganLayout, NamesTheNearestResolutions) {
  DcganOptions options;
  options.resolution = 100;
  const OptionConflict conflict = conflict_of(options);
  EXPECT_EQ(conflict.key, "resolution");
  EXPECT_EQ(
      conflict.message,
      "must be a base of 4 to 8 times a power of two (got 100); the nearest ones are 96 and 112");
  for (const int64_t small : {1, 4, 7}) {
    options.resolution = small;
    EXPECT_EQ(conflict_of(options).message,
              "must be at least 8 unless both networks have dense "
              "layers (got " +
                  std::to_string(small) + ")");
  }
}

TEST(DcganLayout, AcceptsEveryBaseTimesAPowerOfTwo) {
  std::optional<OptionConflict> conflict;
  for (const int64_t resolution :
       {8, 10, 12, 14, 16, 28, 32, 40, 48, 56, 64, 96, 128, 224, 256, 512}) {
    DcganOptions options;
    options.resolution = resolution;
    EXPECT_TRUE(dcgan_layout(options, conflict).has_value())
        << resolution << ": " << conflict->message;
  }
}

TEST(DcganLayout, RefusesKernelsThatCannotMakeTheSize) {
  DcganOptions options;
  options.resolution = 28;
  options.generator_channels = {256, 128, 64};
  EXPECT_EQ(conflict_of(options).message,
            "a transposed convolution with kernel 4 and stride 2 cannot make 7 px from 4 px; try "
            "kernel 3");
}

TEST(DcganLayout, RefusesEvenKernelsAfterNearestUpsampling) {
  DcganOptions options;
  options.generator_upsampling = DcganUpsampling::kNearest;
  EXPECT_EQ(conflict_of(options).key, "generator_kernels");
}

TEST(DcganLayout, RefusesListsOfAnotherLength) {
  DcganOptions options;
  options.generator_kernels = {4, 4};
  EXPECT_EQ(conflict_of(options).message,
            "needs one entry, or one for each of the 4 stages (got 2)");
  options = {};
  options.generator_strides = {2, 2};
  options.generator_channels = {8, 8, 8};
  EXPECT_EQ(conflict_of(options).message,
            "must have as many entries as generator_channels (got 2 and 3)");
}

TEST(DcganLayout, RefusesMoreDiscriminatorStagesThanTheImageHas) {
  DcganOptions options;
  options.resolution = 8;
  options.discriminator_channels = {8, 8, 8, 8, 8};
  options.discriminator_kernels = {4};
  EXPECT_EQ(conflict_of(options).key, "discriminator_channels");
}

TEST(DcganLayout, RefusesToNormaliseFeaturesOfATransposedStem) {
  DcganOptions options;
  options.generator_stem_norm = DcganStemNorm::kFeatures;
  EXPECT_EQ(conflict_of(options).key, "generator_stem_norm");
}

TEST(DcganLayout, DenseLayersHaveWidthsAndNoStages) {
  DcganOptions options;
  options.resolution = 100;  // not a base times a power of two
  options.generator_layers = DcganLayers::kDense;
  options.discriminator_layers = DcganLayers::kDense;
  options.generator_channels = {32, 64, 96};
  const DcganLayout layout = dcgan_layout(options);
  EXPECT_EQ(layout.generator_widths, (Sizes{32, 64, 96}));
  EXPECT_EQ(layout.discriminator_widths, (Sizes{256, 256}));
  EXPECT_TRUE(layout.generator.empty());
  EXPECT_TRUE(layout.discriminator.empty());
  options.resolution = 1;
  EXPECT_EQ(dcgan_layout(options).generator_widths, (Sizes{32, 64, 96}));
  options.resolution = 100;
  options.discriminator_layers = DcganLayers::kConvolution;
  EXPECT_EQ(conflict_of(options).key, "resolution");
}

TEST(DcganLayout, RefusesWhatDenseLayersHaveNoUseFor) {
  DcganOptions options;
  options.generator_layers = DcganLayers::kDense;
  options.generator_strides = {2, 2};
  EXPECT_EQ(conflict_of(options).message,
            "generator_layers \"dense\" has no stages (got a list of strides); leave this key out");
  options.generator_strides = {};
  options.generator_upsampling = DcganUpsampling::kNearest;
  EXPECT_EQ(conflict_of(options).key, "generator_upsampling");
  options.generator_upsampling = DcganUpsampling::kTransposed;
  options.generator_stem_norm = DcganStemNorm::kFeatures;
  EXPECT_EQ(conflict_of(options).key, "generator_stem_norm");
  options = {};
  options.discriminator_layers = DcganLayers::kDense;
  options.discriminator_strides = {2, 2};
  EXPECT_EQ(conflict_of(options).key, "discriminator_strides");
}

TEST(DcganLayout, TableReportsTheConflict) {
  DcganOptions options;
  options.resolution = 100;
  const auto conflict = dcgan_options().conflict(std::any(options));
  ASSERT_TRUE(conflict.has_value());
  EXPECT_EQ(conflict->key, "resolution");
}

}  // namespace
}  // namespace gantrain
