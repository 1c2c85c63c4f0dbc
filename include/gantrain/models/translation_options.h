#pragma once

#include <cstdint>

#include "gantrain/core/option_table.h"
#include "gantrain/nn/init.h"

namespace gantrain {

enum class TranslationGenerator { kUnet, kResnet, kResidual };
enum class TranslationDiscriminator { kPatch, kPixel };
enum class MapNorm { kBatch, kInstance, kNone };
enum class KeptInput { kNothing, kLuma, kKnownPixels };

// The networks of image translation, pix2pix (arXiv:1611.07004) and CycleGAN (arXiv:1703.10593),
// and of super-resolution after SRGAN (arXiv:1609.04802). State dicts have the names of the
// authors' PyTorch program. Convolutions before a norm have a bias with norm "instance" only.
struct TranslationOptions {
  int64_t resolution = 256;    // of the images; inputs are smaller by `scale`
  int64_t input_channels = 3;  // domain A
  int64_t image_channels = 3;  // domain B

  TranslationGenerator generator = TranslationGenerator::kUnet;
  int64_t generator_channels = 64;
  int64_t generator_downs = 0;   // U-Net: halvings; 0 = to 1x1, 8 at most
  int64_t generator_blocks = 9;  // resnet, residual
  MapNorm generator_norm = MapNorm::kBatch;
  double generator_dropout = 0.5;
  int64_t scale = 1;  // residual: sides of images over sides of inputs, a power of two
  KeptInput keeps = KeptInput::kNothing;  // pix2pix: laid over what is made, in training, too

  TranslationDiscriminator discriminator = TranslationDiscriminator::kPatch;
  int64_t discriminator_layers = 3;  // patch: those of stride 2
  int64_t discriminator_channels = 64;
  MapNorm discriminator_norm = MapNorm::kBatch;

  WeightInit init = WeightInit::kNormal;
  double init_gain = 0.02;
};

// Pairs: G learns to turn an input into its image.
struct Pix2pixOptions : TranslationOptions {
  double lambda_gan = 1;    // weight of G's adversarial term
  double lambda_l1 = 100;   // of |G(input) - image|
  bool conditional = true;  // D judges input and image together
};
const OptionTable& pix2pix_options();

// Two sets without pairs: G_A turns A into B, G_B turns B into A.
struct CycleganOptions : TranslationOptions {
  CycleganOptions() {
    generator = TranslationGenerator::kResnet;
    generator_norm = MapNorm::kInstance;
    generator_dropout = 0;
    discriminator_norm = MapNorm::kInstance;
  }
  double lambda_gan = 1;
  double lambda_cycle = 10;      // of |G_B(G_A(a)) - a| and |G_A(G_B(b)) - b|
  double lambda_identity = 0.5;  // of |G_A(b) - b| and |G_B(a) - a|, as a share of lambda_cycle
  int64_t pool_size = 50;        // earlier fakes that D may see instead of new ones; 0 = none
};
const OptionTable& cyclegan_options();

// Halvings of the U-Net, with 0 filled in.
int64_t unet_downs(const TranslationOptions& options);

}  // namespace gantrain
