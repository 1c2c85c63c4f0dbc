#pragma once

#include <cstdint>
#include <vector>

#include "gantrain/core/option_table.h"

namespace gantrain {

enum class DcganLayers { kConvolution, kDense };
enum class DcganStem { kTransposed, kDense };
enum class DcganStemNorm { kChannels, kFeatures };
enum class DcganUpsampling { kTransposed, kNearest };
enum class DcganHead { kConvolution, kDense };
enum class DcganNorm { kBatch, kNone };
enum class DcganDiscriminatorNorm { kBatch, kSpectral, kNone };
enum class DcganActivation { kRelu, kLeakyRelu };
enum class DcganInit { kNormal, kLibrary };
enum class DcganConditioning { kConcat, kProjection, kAuxiliary };

// The DCGAN family, arXiv:1511.06434 and its tutorials. Both networks are one torch::nn::Sequential
// named "main", activations and reshapes included, so that indices are those of the published state
// dicts.
//
// Sizes: the generator's stages after the stem have strides s_1..s_k (the last makes the image).
// Going back from the resolution every size is the ceiling of the next divided by its stride; the
// smallest one is the base (28 <- 14 <- 7 with two stages of 2, 28 <- 14 <- 7 <- 4 with three).
// Stem: transposed convolution of a 1x1 map with kernel = base, stride 1, no padding; or dense to
// channels * base * base and a reshape (norm before it over features, or after it over channels).
// Then norm, activation, dropout. Stage: transposed convolution (padding (kernel-1)/2, output
// padding as the size needs), or nearest upsampling by the stride and a "same" convolution (odd
// kernels, whole factors; stride 1: the convolution alone); then norm, activation, dropout; the
// last one instead tanh. A transposed convolution whose output padding would not lie in [0, stride)
// is refused. Discriminator: stages of convolution (padding (kernel-1)/2), norm (not on the first),
// leaky ReLU, dropout; head: convolution with kernel = what is left, no padding, or flatten +
// dense 1. Its output are logits [N]. Indices in "main": every layer, norm, activation and reshape
// is an entry, a dropout or norm that is off is none. The discriminator's norm "spectral" is one of
// the weights of every layer, head included (nn/spectral_norm), and adds no entry. Dense stem over
// features: Linear, BatchNorm1d, activation, [Dropout], Unflatten; over channels: Linear,
// Unflatten, BatchNorm2d, activation, [Dropout]. Nearest: Upsample, Conv2d. Heads: Conv2d, Flatten;
// or Flatten, Linear. A transposed stem sees z as [N, latent_dim, 1, 1] without an entry for that.
// Empty channel lists are as long as the halvings that take the resolution below 8 (or as the
// generator's strides, where given).
//
// A network whose layers are dense (the first GANs, arXiv:1406.2661) has no maps: its channels are
// the widths of its hidden layers ([] = 256, 256). Generator: Linear, [BatchNorm1d], activation,
// [Dropout] for each; then Linear to the image's values, Tanh, Unflatten. Discriminator: Flatten;
// Linear, [BatchNorm1d, not on the first], leaky ReLU, [Dropout] for each; then Linear to the
// logit. Strides, kernels, stem, upsampling and head have no meaning there; strides, "nearest" and
// "features" are refused. With two such networks any resolution will do; resolution 1 with 2
// channels makes points of the plane.
//
// With classes an "embedding" of the label, latent_dim values, stands behind z in the generator's
// first layer (arXiv:1411.1784). The discriminator, by conditioning:
//   concat      "plane": an embedding of resolution^2 values is one more channel of the image
//   projection  logit + <"embedding" of the label, h>, h the features before the head, of maps
//               their mean; the embedding has spectral norm (arXiv:1802.05637)
//   auxiliary   "class_head": a second head, dense, with bias, tells the class (ACGAN,
//               arXiv:1610.09585); its cross-entropy times lambda_class on reals and fakes is added
//               to the losses of both networks
struct DcganOptions {
  int64_t resolution = 64;
  int64_t image_channels = 3;
  int64_t latent_dim = 100;

  int64_t classes = 0;  // 0 = unconditional
  DcganConditioning conditioning = DcganConditioning::kConcat;
  double lambda_class = 1;

  DcganLayers generator_layers = DcganLayers::kConvolution;
  DcganStem generator_stem = DcganStem::kTransposed;
  DcganStemNorm generator_stem_norm = DcganStemNorm::kChannels;
  std::vector<int64_t>
      generator_channels;  // stem first; [] = 64 before the image, doubling inwards up to 512
  std::vector<int64_t>
      generator_strides;  // one per stage after the stem, the image's included; [] = all 2
  std::vector<int64_t> generator_kernels = {4};  // one for all, or one per stage after the stem
  DcganUpsampling generator_upsampling = DcganUpsampling::kTransposed;
  DcganNorm generator_norm = DcganNorm::kBatch;
  DcganActivation generator_activation = DcganActivation::kRelu;
  double generator_slope = 0.2;  // of leaky_relu
  bool generator_bias = false;   // every layer's
  double generator_dropout = 0;

  DcganLayers discriminator_layers = DcganLayers::kConvolution;
  std::vector<int64_t>
      discriminator_channels;  // [] = 64 first, doubling up to 512, until the map is 4 to 7 wide
  std::vector<int64_t> discriminator_strides;  // [] = all 2
  std::vector<int64_t> discriminator_kernels = {4};
  DcganDiscriminatorNorm discriminator_norm = DcganDiscriminatorNorm::kBatch;
  double discriminator_slope = 0.2;
  bool discriminator_bias = false;  // every layer's, the head's included
  double discriminator_dropout = 0;
  DcganHead discriminator_head = DcganHead::kConvolution;
  double discriminator_gain = 1;  // images are multiplied by it; with "spectral" D's steepest slope

  DcganInit init =
      DcganInit::kNormal;  // normal: weights N(0, init_std), norm weights N(1, init_std), biases 0
  double init_std = 0.02;
};
const OptionTable& dcgan_options();

}  // namespace gantrain
