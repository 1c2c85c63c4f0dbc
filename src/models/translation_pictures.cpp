#include "models/translation_pictures.h"

#include <utility>
#include <vector>

#include "gantrain/nn/picture_pass.h"
#include "gantrain/runtime/random_streams.h"

#include "models/kept_input.h"
#include "models/map_network.h"
#include "models/penalty_conflict.h"

namespace gantrain {
namespace {

constexpr const char* kDropoutStream = "picture";

// How far a pixel of the input reaches, each convolution rounded up.
int64_t radius_of(const TranslationOptions& options) {
  switch (options.generator) {
    case TranslationGenerator::kUnet:
      // 2 px of its own map on every way down, 1 px of the map below on every way up.
      return 4 << unet_downs(options);
    case TranslationGenerator::kResnet:
      // Stem and head 3 each; halvings 1 and 2; a block 2 px of 4; doublings 4 and 2.
      return 15 + 8 * options.generator_blocks;
    case TranslationGenerator::kResidual:
      break;
  }
  // Head and tail 4 each, a block 2, the trunk and every doubling 1; the enlarged input 2.
  return 4 + 2 * options.generator_blocks + 1 + 4 + 4;
}

int64_t multiple_of(const TranslationOptions& options) {
  switch (options.generator) {
    case TranslationGenerator::kUnet:
      return int64_t{1} << unet_downs(options);
    case TranslationGenerator::kResnet:
      return 4;
    case TranslationGenerator::kResidual:
      break;
  }
  return 1;
}

class TranslationPictures : public Generator {
 public:
  TranslationPictures(const TranslationOptions& options, int64_t images_at_once, std::string there,
                      std::string back, NetworkMap networks)
      : options_(options),
        there_(std::move(there)),
        back_(std::move(back)),
        networks_(std::move(networks)) {
    task_.input_channels = options.input_channels;
    task_.image_channels = options.image_channels;
    task_.multiple = multiple_of(options);
    task_.scale = options.scale;
    task_.radius = radius_of(options);
    task_.own_statistics = images_at_once == 1 && options.generator_norm == MapNorm::kBatch;
    task_.sees_whole_picture = task_.own_statistics || options.generator_norm == MapNorm::kInstance;
    task_.both_ways = !back_.empty();
    drops_ = images_at_once == 1 && options.generator_dropout > 0;
    as_trained_ = images_at_once == 1;
  }

  torch::Tensor run(const GeneratorInput& input) override {
    TORCH_CHECK(!input.backward || task_.both_ways, "this generator goes one way only");
    torch::NoGradGuard no_grad;
    auto& network = dynamic_cast<MapNetwork&>(*networks_[input.backward ? back_ : there_]);
    const bool as_trained = as_trained_ && !input.running_statistics;
    const PicturePass pass(network, as_trained);
    torch::Tensor images;
    if (as_trained && drops_) {
      images = one_by_one(network, input);
    } else {
      images = network.forward(input.images);
    }
    images = with_kept_input(options_, input.images, images.to(torch::kFloat));
    return images.clamp(-1, 1);
  }

  std::optional<PictureTask> picture_task() const override { return task_; }

 private:
  // Every picture gets the same masks, whatever stands beside it.
  static torch::Tensor one_by_one(MapNetwork& network, const GeneratorInput& input) {
    const RandomStreams streams(input.seed, 0, input.images.device());
    std::vector<torch::Tensor> images;
    for (int64_t i = 0; i < input.images.size(0); ++i) {
      streams.seed_library(0, 0, kDropoutStream);
      images.push_back(network.forward(input.images.slice(0, i, i + 1)));
    }
    return torch::cat(images);
  }

  TranslationOptions options_;
  std::string there_, back_;
  NetworkMap networks_;
  PictureTask task_;
  bool drops_ = false;
  bool as_trained_ = false;
};

}  // namespace

std::unique_ptr<Generator> build_translation_pictures(const TranslationOptions& options,
                                                      int64_t images_at_once,
                                                      const std::string& there,
                                                      const std::string& back,
                                                      NetworkMap networks) {
  return std::make_unique<TranslationPictures>(options, images_at_once, there, back,
                                               std::move(networks));
}

std::optional<ModelConflict> translation_conflict(const TranslationOptions& options,
                                                  const ModelConfig& config) {
  return penalty_conflict(config.penalty, options.discriminator_norm == MapNorm::kBatch,
                          "\"instance\" or \"none\"", 0);
}

BatchGeometry translation_geometry(const TranslationOptions& options) {
  const int64_t input_side = options.resolution / options.scale;
  return {{options.image_channels, options.resolution, options.resolution},
          {options.input_channels, input_side, input_side}};
}

}  // namespace gantrain
