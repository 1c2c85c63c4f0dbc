#include "gantrain/nn/augment.h"

#include <algorithm>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

using torch::Tensor;

constexpr const char* kColor = "color";
constexpr const char* kTranslation = "translation";
constexpr const char* kCutout = "cutout";
constexpr double kReachShare = 1.0 / 8;
constexpr double kHoleShare = 1.0 / 2;

// Columns of the draws.
enum Draw : int64_t {
  kColorChance,
  kTranslationChance,
  kCutoutChance,
  kBrightness,
  kSaturation,
  kContrast,
  kShiftRows,
  kShiftColumns,
  kHoleRow,
  kHoleColumn,
};
static_assert(kHoleColumn + 1 == kAugmentDraws);

bool has(const AugmentOptions& options, const char* kind) {
  return std::find(options.policy.begin(), options.policy.end(), kind) != options.policy.end();
}

// One number a picture, beside [N, C, H, W].
Tensor per_picture(const Tensor& values) {
  return values.view({-1, 1, 1, 1});
}

// 0, 1, ... count - 1, each as likely as the others.
Tensor whole_numbers(const Tensor& draw, int64_t count) {
  return (draw * count).floor().clamp_max(static_cast<double>(count - 1)).to(torch::kLong);
}

int64_t rounded(double pixels) {
  return static_cast<int64_t>(pixels + 0.5);
}

Tensor recoloured(const Tensor& images, const Tensor& draws) {
  const auto drawn = [&draws](Draw column) { return per_picture(draws.select(1, column)); };
  Tensor result = images + (drawn(kBrightness) - 0.5);
  const Tensor grey = result.mean(1, /*keepdim=*/true);
  result = grey + (result - grey) * (2 * drawn(kSaturation));
  const Tensor mean = result.mean({1, 2, 3}, /*keepdim=*/true);
  return mean + (result - mean) * (drawn(kContrast) + 0.5);
}

Tensor drawn_shift(const Tensor& draw, int64_t side) {
  const int64_t reach = rounded(static_cast<double>(side) * kReachShare);
  return whole_numbers(draw, 2 * reach + 1) - reach;
}

Tensor translated(const Tensor& images, const Tensor& draws) {
  return shifted(images, drawn_shift(draws.select(1, kShiftRows), images.size(2)),
                 drawn_shift(draws.select(1, kShiftColumns), images.size(3)));
}

// [N, side]: which rows, or columns, the hole takes.
Tensor hole_along(const Tensor& draw, int64_t side) {
  const int64_t size = rounded(static_cast<double>(side) * kHoleShare);
  const Tensor first = (whole_numbers(draw, side + 1 - size % 2) - size / 2).unsqueeze(1);
  const Tensor places = torch::arange(side, first.options()).unsqueeze(0);
  return places.ge(first).logical_and(places.lt(first + size));
}

Tensor holes(const Tensor& images, const Tensor& draws) {
  return hole_along(draws.select(1, kHoleRow), images.size(2))
      .view({-1, 1, images.size(2), 1})
      .logical_and(hole_along(draws.select(1, kHoleColumn), images.size(3))
                       .view({-1, 1, 1, images.size(3)}));
}

Tensor moved(const Tensor& images, const Tensor& rows, const Tensor& columns) {
  const int64_t height = images.size(2);
  const int64_t width = images.size(3);
  const auto options = rows.options();
  const Tensor y = torch::arange(height, options).view({1, -1, 1}) - rows.view({-1, 1, 1});
  const Tensor x = torch::arange(width, options).view({1, 1, -1}) - columns.view({-1, 1, 1});
  const Tensor outside =
      y.lt(0).logical_or(y.ge(height)).logical_or(x.lt(0)).logical_or(x.ge(width));
  const Tensor picture = torch::arange(images.size(0), options).view({-1, 1, 1});
  return images.permute({0, 2, 3, 1})
      .index({picture, y.clamp(0, height - 1), x.clamp(0, width - 1)})
      .masked_fill(outside.unsqueeze(3), 0)
      .permute({0, 3, 1, 2});
}

// In the memory format of the images. One channel lies the same in both formats; its strides say
// which of them the layers that follow keep to.
Tensor laid_out_as(const Tensor& images, const Tensor& result) {
  const auto format = images.suggest_memory_format();
  if (format == torch::MemoryFormat::ChannelsLast && images.size(1) == 1) {
    return result.contiguous().squeeze(1).unsqueeze(3).permute({0, 3, 1, 2});
  }
  return result.contiguous(format);
}

// The gradient of a shift is the shift back: no scattered sums, whose order CUDA does not fix.
class Shift : public torch::autograd::Function<Shift> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& images,
                        const Tensor& rows, const Tensor& columns) {
    context->save_for_backward({rows, columns});
    return moved(images, rows, columns);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {Shift::apply(gradients[0], -saved[0], -saved[1]), Tensor(), Tensor()};
  }
};

std::optional<OptionConflict> policy_conflict(const AugmentOptions& options) {
  const std::vector<std::string> kinds = {kColor, kTranslation, kCutout};
  for (const std::string& kind : options.policy) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      return OptionConflict{"policy", "unknown kind \"" + printable(kind) +
                                          "\" in policy (expected " + join(kinds, ", ") + ")" +
                                          did_you_mean(kind, kinds)};
    }
  }
  if (options.adaptive && options.policy.empty()) {
    return OptionConflict{"adaptive",
                          "adaptive has no meaning while policy is []; name what to do there"};
  }
  return std::nullopt;
}

}  // namespace

const OptionTable& augment_options() {
  using O = AugmentOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "What is done to all pictures before the discriminator sees them, so that it does not "
          "learn few of them by heart (DiffAugment, arXiv:2006.10738).",
          {
              texts("policy", &O::policy,
                    "Of color, translation, cutout; [] = off. The gradient goes through to the "
                    "generator.")
                  .items(0, 3)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"diffaugment", "diff_augment", "aug"}),
              number("probability", &O::probability,
                     "With which each kind happens to a picture; with adaptive the highest that "
                     "may come about.")
                  .range(0.0, 1.0)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"p", "aug_prob"}),
              boolean("adaptive", &O::adaptive,
                      "The probability starts at 0 and rises while the discriminator overfits "
                      "(ADA's rule, arXiv:2006.06676)."),
              number("target", &O::target,
                     "With adaptive: the mean sign of D(real) above which it rises.")
                  .range(-1.0, 1.0)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"ada_target"}),
              integer("interval", &O::interval,
                      "With adaptive: batches of the discriminator between two moves.")
                  .range(1, 1000)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"ada_interval"}),
              number("speed_kimg", &O::speed_kimg,
                     "With adaptive: images (in thousands) on which it can go from 0 to 1.")
                  .range(0.0, 1e6)
                  .above_minimum()
                  .unit("thousand images")
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"ada_kimg"}),
          })
          .check<O>(policy_conflict);
  return table;
}

bool augments(const AugmentOptions& options) {
  return !options.policy.empty();
}

Tensor augmented(const Tensor& images, const AugmentOptions& options, const Tensor& probability,
                 const Tensor& draws) {
  const auto chosen = [&](Draw chance) {
    return per_picture(draws.select(1, chance)).lt(probability);
  };
  Tensor result = images;
  if (has(options, kColor)) {
    result = torch::where(chosen(kColorChance), recoloured(result, draws), result);
  }
  if (has(options, kTranslation)) {
    result = torch::where(chosen(kTranslationChance), translated(result, draws), result);
  }
  if (has(options, kCutout)) {
    result = result.masked_fill(chosen(kCutoutChance).logical_and(holes(result, draws)), 0);
  }
  return laid_out_as(images, result);
}

Tensor shifted(const Tensor& images, const Tensor& rows, const Tensor& columns) {
  return Shift::apply(images, rows, columns);
}

}  // namespace gantrain
