#include "gantrain/models/dcgan_options.h"

#include "models/dcgan_layout.h"

namespace gantrain {

const OptionTable& dcgan_options() {
  using O = DcganOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "DCGAN and its tutorials' variants, arXiv:1511.06434.",
          {
              integer("resolution", &O::resolution,
                      "Side of the square images: a base of 4 to 8 times a power of two; any with "
                      "dense layers in both networks, down to 1 for points of the plane "
                      "(image_channels 2).")
                  .range(int64_t{1}, int64_t{1024})
                  .unit("px")
                  .known_elsewhere_as({"img_size", "image_size", "size"}),
              integer("image_channels", &O::image_channels, "1 for grey, 3 for colour.")
                  .range(int64_t{1}, int64_t{4})
                  .known_elsewhere_as({"nc", "channels"}),
              integer("latent_dim", &O::latent_dim, "Size of the latent vector z.")
                  .range(int64_t{1}, int64_t{4096})
                  .known_elsewhere_as({"nz", "z_dim"}),
              integer("classes", &O::classes,
                      "Classes of the data, which both networks are told; 0 = unconditional.")
                  .range(int64_t{0}, int64_t{100'000})
                  .known_elsewhere_as({"n_classes", "num_classes"}),
              choice<O, DcganConditioning>(
                  "conditioning", &O::conditioning,
                  {{"concat", DcganConditioning::kConcat},
                   {"projection", DcganConditioning::kProjection},
                   {"auxiliary", DcganConditioning::kAuxiliary}},
                  "What the discriminator does with classes: an embedding as one more channel of "
                  "the image (cGAN), projection, or a second head that tells them (ACGAN). The "
                  "generator has an embedding beside z."),
              number("lambda_class", &O::lambda_class,
                     "Weight of the class terms of conditioning \"auxiliary\".")
                  .range(0.0, 1000.0)
                  .above_minimum()
                  .on_resume(OnResume::kFree),
              choice<O, DcganLayers>(
                  "generator_layers", &O::generator_layers,
                  {{"convolution", DcganLayers::kConvolution}, {"dense", DcganLayers::kDense}},
                  "The generator's layers: convolutions that enlarge a map, or dense layers alone.")
                  .known_elsewhere_as({"mlp"}),
              choice<O, DcganStem>(
                  "generator_stem", &O::generator_stem,
                  {{"transposed", DcganStem::kTransposed}, {"dense", DcganStem::kDense}},
                  "How z becomes the first map."),
              choice<O, DcganStemNorm>(
                  "generator_stem_norm", &O::generator_stem_norm,
                  {{"channels", DcganStemNorm::kChannels}, {"features", DcganStemNorm::kFeatures}},
                  "After a dense stem: normalise channels of the reshaped map, or every feature "
                  "before the reshape."),
              integers("generator_channels", &O::generator_channels,
                       "Widths of the hidden maps, the stem's first; [] = 64 before the image, "
                       "doubling inwards up to 512. Of dense layers: [] = 256, 256.")
                  .range(int64_t{1}, int64_t{8192})
                  .items(0, 10)
                  .known_elsewhere_as({"ngf"}),
              integers(
                  "generator_strides", &O::generator_strides,
                  "Upsampling of each stage after the stem, the image's included; [] = 2 each.")
                  .range(int64_t{1}, int64_t{4})
                  .items(0, 10),
              integers("generator_kernels", &O::generator_kernels,
                       "Kernel of all stages, or one per stage.")
                  .range(int64_t{3}, int64_t{7})
                  .items(1, 10),
              choice<O, DcganUpsampling>(
                  "generator_upsampling", &O::generator_upsampling,
                  {{"transposed", DcganUpsampling::kTransposed},
                   {"nearest", DcganUpsampling::kNearest}},
                  "Transposed convolution, or nearest-neighbour upsampling and a convolution."),
              choice<O, DcganNorm>("generator_norm", &O::generator_norm,
                                   {{"batch", DcganNorm::kBatch}, {"none", DcganNorm::kNone}},
                                   "Normalisation in the generator."),
              choice<O, DcganActivation>(
                  "generator_activation", &O::generator_activation,
                  {{"relu", DcganActivation::kRelu}, {"leaky_relu", DcganActivation::kLeakyRelu}},
                  "Activation of the generator's hidden maps."),
              number("generator_slope", &O::generator_slope,
                     "Slope of leaky_relu in the generator.")
                  .range(0.0, 1.0),
              boolean("generator_bias", &O::generator_bias,
                      "Whether the generator's layers have a bias."),
              number("generator_dropout", &O::generator_dropout,
                     "Dropout after the generator's activations.")
                  .range(0.0, 1.0)
                  .below_maximum(),
              choice<O, DcganLayers>(
                  "discriminator_layers", &O::discriminator_layers,
                  {{"convolution", DcganLayers::kConvolution}, {"dense", DcganLayers::kDense}},
                  "The discriminator's layers: convolutions, or dense layers alone."),
              integers("discriminator_channels", &O::discriminator_channels,
                       "Widths of the discriminator's stages; [] = 64, doubling up to 512, until "
                       "the map is 4 to 7 wide. Of dense layers: [] = 256, 256.")
                  .range(int64_t{1}, int64_t{8192})
                  .items(0, 10)
                  .known_elsewhere_as({"ndf"}),
              integers("discriminator_strides", &O::discriminator_strides,
                       "Stride of each stage; [] = 2 each.")
                  .range(int64_t{1}, int64_t{4})
                  .items(0, 10),
              integers("discriminator_kernels", &O::discriminator_kernels,
                       "Kernel of all stages, or one per stage.")
                  .range(int64_t{3}, int64_t{7})
                  .items(1, 10),
              choice<O, DcganDiscriminatorNorm>(
                  "discriminator_norm", &O::discriminator_norm,
                  {{"batch", DcganDiscriminatorNorm::kBatch},
                   {"spectral", DcganDiscriminatorNorm::kSpectral},
                   {"none", DcganDiscriminatorNorm::kNone}},
                  "Normalisation in the discriminator: of its maps (batch; the first stage has "
                  "none) or of its weights (spectral, arXiv:1802.05957).")
                  .known_elsewhere_as({"spectral_norm"}),
              number("discriminator_slope", &O::discriminator_slope,
                     "Slope of the discriminator's leaky ReLU.")
                  .range(0.0, 1.0),
              boolean("discriminator_bias", &O::discriminator_bias,
                      "Whether the discriminator's layers have a bias."),
              number("discriminator_dropout", &O::discriminator_dropout,
                     "Dropout after the discriminator's activations.")
                  .range(0.0, 1.0)
                  .below_maximum(),
              choice<O, DcganHead>(
                  "discriminator_head", &O::discriminator_head,
                  {{"convolution", DcganHead::kConvolution}, {"dense", DcganHead::kDense}},
                  "How the last map becomes one logit."),
              number("discriminator_gain", &O::discriminator_gain,
                     "Factor of what the discriminator is given. With norm \"spectral\" it is the "
                     "steepest slope that it can have: 1 as published, more where images differ by "
                     "little, as points of the plane do.")
                  .range(0.0, 1000.0)
                  .above_minimum(),
              choice<O, DcganInit>(
                  "init", &O::init,
                  {{"normal", DcganInit::kNormal}, {"library", DcganInit::kLibrary}},
                  "Initial weights: N(0, init_std) as in the paper, or LibTorch's defaults."),
              number("init_std", &O::init_std, "Standard deviation of init \"normal\".")
                  .range(0.0, 10.0)
                  .above_minimum(),
          })
          .check<O>([](const O& options) {
            std::optional<OptionConflict> conflict;
            dcgan_layout(options, conflict);
            return conflict;
          });
  return table;
}

}  // namespace gantrain
