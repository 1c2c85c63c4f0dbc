#include "models/augmenter.h"

namespace gantrain {

Augmenter::Augmenter(const AugmentOptions& options)
    : options_(options),
      probability_(torch::full({}, options.adaptive ? 0 : options.probability, torch::kFloat)),
      signs_(torch::zeros({})),
      count_(torch::zeros({})) {}

torch::Tensor Augmenter::shown(const torch::Tensor& images, const std::string& stream,
                               StepContext& context) const {
  if (!augments(options_)) {
    return images;
  }
  return augmented(images, options_, probability_,
                   context.uniform("augment/" + stream, {images.size(0), kAugmentDraws}));
}

void Augmenter::adapt(const torch::Tensor& sign, const UpdateContext& update) {
  const torch::Tensor skipped = update.skip.gt(0);
  signs_.add_(sign.masked_fill(skipped, 0));
  count_.add_(1 - update.skip);
  const torch::Tensor due = count_.ge(static_cast<double>(options_.interval));
  const double move =
      static_cast<double>(update.batch_size * options_.interval) / (1000 * options_.speed_kimg);
  const torch::Tensor direction = (signs_ / count_.clamp_min(1) - options_.target).sign();
  const torch::Tensor next = (probability_ + direction * move).clamp(0, options_.probability);
  probability_.copy_(torch::where(due, next, probability_));
  signs_.masked_fill_(due, 0);
  count_.masked_fill_(due, 0);
}

void Augmenter::place_state(torch::Device device, torch::ScalarType type) {
  for (torch::Tensor* each : {&probability_, &signs_, &count_}) {
    *each = each->to(device, type);
  }
}

void Augmenter::visit_state(StateVisitor& visitor) {
  if (options_.adaptive) {
    visitor.visit("augment.probability", probability_);
    visitor.visit("augment.signs", signs_);
    visitor.visit("augment.count", count_);
  }
}

std::optional<ModelConflict> augment_conflict(const ModelConfig& config,
                                              const BatchGeometry& geometry) {
  if (!augments(config.augment)) {
    return std::nullopt;
  }
  const std::string model = "model.type \"" + config.type + "\"";
  if (geometry.has_inputs()) {
    return ModelConflict{"augment.policy",
                         "augment.policy is for models that make pictures from noise, and with " +
                             model +
                             " the discriminator judges what becomes of a picture that is given; "
                             "set augment.policy to []"};
  }
  if (geometry.images == kPointGeometry) {
    return ModelConflict{"augment.policy",
                         "augment.policy is for pictures, and a model with model.resolution 1 "
                         "makes points; set augment.policy to []"};
  }
  if (config.augment.adaptive && !judges_by_itself(config.objective)) {
    return ModelConflict{"augment.adaptive",
                         "augment.adaptive follows the sign of D(real), which says nothing with "
                         "objective.type \"" +
                             config.objective.type + "\"; set augment.adaptive to false"};
  }
  return std::nullopt;
}

}  // namespace gantrain
