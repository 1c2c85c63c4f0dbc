#include "gantrain/models/translation_options.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gantrain {
namespace {

constexpr int64_t kMostDowns = 8;
constexpr int64_t kPlainDowns = 5;  // a U-Net's levels beyond these are those that may drop
constexpr int64_t kSmallestJudgedMap = 3;
constexpr int64_t kResnetMultiple = 4;

using Conflict = std::optional<OptionConflict>;

// A member of TranslationOptions as one of the struct that begins with it.
template <typename O, typename T>
T O::*in(T TranslationOptions::*member) {
  return member;
}

const std::vector<std::pair<std::string, MapNorm>>& norms() {
  static const std::vector<std::pair<std::string, MapNorm>> names = {
      {"batch", MapNorm::kBatch}, {"instance", MapNorm::kInstance}, {"none", MapNorm::kNone}};
  return names;
}

template <typename O>
std::vector<OptionBuilder<O>> image_rows() {
  using T = TranslationOptions;
  return {
      integer("resolution", in<O>(&T::resolution),
              "Side of the square images in training; trained networks take other sizes, too.")
          .range(int64_t{8}, int64_t{2048})
          .unit("px")
          .known_elsewhere_as({"crop_size", "img_size", "image_size", "size"}),
      integer("input_channels", in<O>(&T::input_channels),
              "Of what the generator is given: 1 for grey, 3 for colour, 4 for colour and a mask.")
          .range(int64_t{1}, int64_t{4})
          .known_elsewhere_as({"input_nc"}),
      integer("image_channels", in<O>(&T::image_channels),
              "Of what it makes: 1 for grey, 3 for colour.")
          .range(int64_t{1}, int64_t{4})
          .known_elsewhere_as({"output_nc", "nc", "channels"}),
  };
}

template <typename O>
std::vector<OptionBuilder<O>> generator_rows() {
  using T = TranslationOptions;
  return {
      choice<O, TranslationGenerator>("generator", in<O>(&T::generator),
                                      {{"unet", TranslationGenerator::kUnet},
                                       {"resnet", TranslationGenerator::kResnet},
                                       {"residual", TranslationGenerator::kResidual}},
                                      "unet: halvings and back, with skips; resnet: residual "
                                      "blocks at a quarter of the size; residual: blocks at the "
                                      "input's size, added to the enlarged input.")
          .known_elsewhere_as({"netG"}),
      integer("generator_channels", in<O>(&T::generator_channels), "Width of its first layer.")
          .range(int64_t{1}, int64_t{1024})
          .known_elsewhere_as({"ngf"}),
      integer("generator_downs", in<O>(&T::generator_downs),
              "unet: how often it halves; 8 is the authors' unet_256, 7 unet_128; 0 = until the "
              "map is 1x1, 8 at most.")
          .range(int64_t{0}, int64_t{10})
          .known_elsewhere_as({"num_downs"}),
      integer("generator_blocks", in<O>(&T::generator_blocks),
              "resnet and residual: how many blocks; 9 is the authors' resnet_9blocks.")
          .range(int64_t{1}, int64_t{64})
          .known_elsewhere_as({"n_blocks"}),
      choice<O, MapNorm>("generator_norm", in<O>(&T::generator_norm), norms(),
                         "Normalisation of its maps: over the batch, each picture by itself, none.")
          .known_elsewhere_as({"norm"}),
      number("generator_dropout", in<O>(&T::generator_dropout),
             "Dropout in the blocks, or in a U-Net's inner levels beyond five; 0 = off.")
          .range(0.0, 1.0)
          .below_maximum()
          .known_elsewhere_as({"no_dropout"}),
  };
}

template <typename O>
std::vector<OptionBuilder<O>> discriminator_rows() {
  using T = TranslationOptions;
  return {
      choice<O, TranslationDiscriminator>(
          "discriminator", in<O>(&T::discriminator),
          {{"patch", TranslationDiscriminator::kPatch},
           {"pixel", TranslationDiscriminator::kPixel}},
          "What one logit judges: an overlapping patch, or a pixel.")
          .known_elsewhere_as({"netD"}),
      integer("discriminator_layers", in<O>(&T::discriminator_layers),
              "patch: layers of stride 2; a logit sees 16, 34, 70, 142 or 286 px with 1 to 5.")
          .range(int64_t{1}, int64_t{5})
          .known_elsewhere_as({"n_layers_D", "n_layers"}),
      integer("discriminator_channels", in<O>(&T::discriminator_channels),
              "Width of its first layer.")
          .range(int64_t{1}, int64_t{1024})
          .known_elsewhere_as({"ndf"}),
      choice<O, MapNorm>("discriminator_norm", in<O>(&T::discriminator_norm), norms(),
                         "Normalisation of its maps, not of the first and the last."),
      choice<O, WeightInit>("init", in<O>(&T::init),
                            {{"normal", WeightInit::kNormal},
                             {"xavier", WeightInit::kXavier},
                             {"kaiming", WeightInit::kKaiming},
                             {"orthogonal", WeightInit::kOrthogonal}},
                            "Initial weights of all networks.")
          .known_elsewhere_as({"init_type"}),
      number("init_gain", in<O>(&T::init_gain),
             "Deviation of init \"normal\", factor of \"xavier\" and \"orthogonal\"; also the "
             "deviation of batch norms' weights.")
          .range(0.0, 10.0)
          .above_minimum(),
  };
}

template <typename O>
std::vector<OptionBuilder<O>> with_networks(const std::vector<OptionBuilder<O>>& more) {
  std::vector<OptionBuilder<O>> rows = image_rows<O>();
  for (const auto& part : {generator_rows<O>(), discriminator_rows<O>(), more}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

// The weight of a loss term.
template <typename O>
OptionBuilder<O> weight(std::string name, double O::*member, std::string help) {
  return number(std::move(name), member, std::move(help))
      .range(0.0, 1e6)
      .on_resume(OnResume::kFree);
}

bool is_power_of_two(int64_t number) {
  return (number & (number - 1)) == 0;
}

Conflict unet_conflict(const TranslationOptions& options) {
  const int64_t downs = unet_downs(options);
  const int64_t multiple = int64_t{1} << downs;
  if (downs < 2 || options.resolution % multiple != 0) {
    return OptionConflict{"generator_downs",
                          "a unet with generator_downs " + std::to_string(downs) +
                              " needs a resolution that is a multiple of " +
                              std::to_string(std::max<int64_t>(4, multiple)) + " (got " +
                              std::to_string(options.resolution) + ")"};
  }
  if (options.generator_dropout > 0 && downs <= kPlainDowns) {
    return OptionConflict{"generator_dropout",
                          "generator_dropout has no place in a unet with generator_downs " +
                              std::to_string(downs) +
                              ", only beyond 5; set generator_dropout to 0"};
  }
  return std::nullopt;
}

Conflict scale_conflict(const TranslationOptions& options) {
  if (options.generator != TranslationGenerator::kResidual && options.scale != 1) {
    return OptionConflict{"scale",
                          "only generator \"residual\" enlarges pictures: scale must be 1 "
                          "with unet and resnet (got " +
                              std::to_string(options.scale) + ")"};
  }
  if (!is_power_of_two(options.scale)) {
    return OptionConflict{"scale",
                          "scale must be 1, 2, 4 or 8 (got " + std::to_string(options.scale) + ")"};
  }
  if (options.resolution % options.scale != 0) {
    return OptionConflict{"scale", "scale must divide resolution (got " +
                                       std::to_string(options.scale) + " and " +
                                       std::to_string(options.resolution) + ")"};
  }
  if (options.generator == TranslationGenerator::kResidual &&
      options.input_channels != options.image_channels) {
    return OptionConflict{"input_channels",
                          "generator \"residual\" adds to its input, so input_channels and "
                          "image_channels must be equal (got " +
                              std::to_string(options.input_channels) + " and " +
                              std::to_string(options.image_channels) + ")"};
  }
  return std::nullopt;
}

Conflict keeps_conflict(const TranslationOptions& options) {
  if (options.keeps != KeptInput::kNothing && options.scale != 1) {
    return OptionConflict{"keeps", "keeps needs inputs as large as images: scale must be 1 (got " +
                                       std::to_string(options.scale) + ")"};
  }
  if (options.keeps == KeptInput::kLuma &&
      (options.image_channels != 3 || options.input_channels % 2 != 1)) {
    return OptionConflict{"keeps",
                          "keeps \"luma\" needs input_channels 1 or 3 and image_channels 3 "
                          "(got " +
                              std::to_string(options.input_channels) + " and " +
                              std::to_string(options.image_channels) + ")"};
  }
  if (options.keeps == KeptInput::kKnownPixels &&
      options.input_channels != options.image_channels + 1) {
    return OptionConflict{"keeps",
                          "keeps \"known_pixels\" needs the mask as one more input channel: "
                          "input_channels must be image_channels + 1 (got " +
                              std::to_string(options.input_channels) + " and " +
                              std::to_string(options.image_channels) + ")"};
  }
  return std::nullopt;
}

Conflict network_conflict(const TranslationOptions& options) {
  if (options.generator == TranslationGenerator::kUnet) {
    if (auto found = unet_conflict(options)) {
      return found;
    }
  }
  if (options.generator == TranslationGenerator::kResnet &&
      options.resolution % kResnetMultiple != 0) {
    return OptionConflict{"resolution",
                          "generator \"resnet\" needs a resolution that is a multiple "
                          "of 4 (got " +
                              std::to_string(options.resolution) + ")"};
  }
  for (const Conflict& found : {scale_conflict(options), keeps_conflict(options)}) {
    if (found) {
      return found;
    }
  }
  const int64_t map = options.resolution >> options.discriminator_layers;
  if (options.discriminator == TranslationDiscriminator::kPatch && map < kSmallestJudgedMap) {
    return OptionConflict{"discriminator_layers",
                          "a patch discriminator with discriminator_layers " +
                              std::to_string(options.discriminator_layers) +
                              " needs a resolution of at least " +
                              std::to_string(kSmallestJudgedMap << options.discriminator_layers) +
                              " (got " + std::to_string(options.resolution) + ")"};
  }
  return std::nullopt;
}

Conflict cyclegan_conflict_of(const CycleganOptions& options) {
  if (options.lambda_identity > 0 && options.input_channels != options.image_channels) {
    return OptionConflict{"lambda_identity",
                          "lambda_identity gives each generator pictures of its own domain, so "
                          "input_channels and image_channels must be equal (got " +
                              std::to_string(options.input_channels) + " and " +
                              std::to_string(options.image_channels) +
                              "); set lambda_identity to 0"};
  }
  return network_conflict(options);
}

}  // namespace

int64_t unet_downs(const TranslationOptions& options) {
  if (options.generator_downs > 0) {
    return options.generator_downs;
  }
  int64_t downs = 0;
  for (int64_t side = options.resolution; side % 2 == 0 && downs < kMostDowns; side /= 2) {
    ++downs;
  }
  return downs;
}

const OptionTable& pix2pix_options() {
  using O = Pix2pixOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "pix2pix, arXiv:1611.07004: pictures into pictures, learnt from pairs.",
          with_networks<O>(
              {weight("lambda_gan", &O::lambda_gan, "Weight of the generator's adversarial term."),
               weight("lambda_l1", &O::lambda_l1,
                      "Weight of the mean absolute difference between what it makes and the image.")
                   .known_elsewhere_as({"lambda_L1"}),
               integer("scale", in<O>(&TranslationOptions::scale),
                       "residual: how many times larger than inputs images are: 1, 2, 4 or 8.")
                   .range(int64_t{1}, int64_t{8})
                   .known_elsewhere_as({"upscale", "upscale_factor"}),
               choice<O, KeptInput>("keeps", in<O>(&TranslationOptions::keeps),
                                    {{"nothing", KeptInput::kNothing},
                                     {"luma", KeptInput::kLuma},
                                     {"known_pixels", KeptInput::kKnownPixels}},
                                    "What of the input is laid over what it makes, in training "
                                    "and after: luma, so that only colour is made up; "
                                    "known_pixels, all that the mask does not hide."),
               boolean("conditional", &O::conditional,
                       "Whether the discriminator sees the input beside the image.")}))
          .check<O>([](const O& options) -> Conflict {
            if (options.lambda_gan == 0 && options.lambda_l1 == 0) {
              return OptionConflict{"lambda_l1",
                                    "lambda_gan and lambda_l1 are both 0: nothing would be learnt"};
            }
            return network_conflict(options);
          });
  return table;
}

const OptionTable& cyclegan_options() {
  using O = CycleganOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "CycleGAN, arXiv:1703.10593: two sets of pictures into each other, without pairs.",
          with_networks<O>(
              {weight("lambda_gan", &O::lambda_gan, "Weight of the generators' adversarial terms.")
                   .above_minimum(),
               weight("lambda_cycle", &O::lambda_cycle,
                      "Weight of what is lost on the way to the other domain and back.")
                   .known_elsewhere_as({"lambda_A", "lambda_B"}),
               weight("lambda_identity", &O::lambda_identity,
                      "Weight, as a share of lambda_cycle, of what a generator changes in pictures "
                      "of its own target domain."),
               integer(
                   "pool_size", &O::pool_size,
                   "Earlier fakes of each domain, of which a discriminator is shown one instead "
                   "of a new one half of the time; 0 = always the new one.")
                   .range(int64_t{0}, int64_t{100'000})}))
          .check<O>(cyclegan_conflict_of);
  return table;
}

}  // namespace gantrain
