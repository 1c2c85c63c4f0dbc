#include "models/penalty_conflict.h"

#include "gantrain/core/text.h"

namespace gantrain {

std::optional<ModelConflict> penalty_conflict(const PenaltyOptions& penalty, bool batch_norm,
                                              const std::string& instead, double dropout) {
  if (!uses_gradients(penalty)) {
    return std::nullopt;
  }
  const std::string key = penalty.gradient != GradientPenalty::kNone ? "penalty.gradient"
                          : penalty.r1_gamma > 0                     ? "penalty.r1_gamma"
                                                                     : "penalty.r2_gamma";
  if (batch_norm) {
    return ModelConflict{key, key +
                                  " looks at each image by itself, and with "
                                  "model.discriminator_norm \"batch\" the discriminator does not; "
                                  "set model.discriminator_norm to " +
                                  instead};
  }
  if (dropout > 0 && penalty.gradient != GradientPenalty::kNone) {
    return ModelConflict{key, key +
                                  " and model.discriminator_dropout do not go together "
                                  "(got " +
                                  format_number(dropout) + ", expected 0)"};
  }
  return std::nullopt;
}

}  // namespace gantrain
