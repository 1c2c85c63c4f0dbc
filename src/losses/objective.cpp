#include "gantrain/losses/objective.h"

#include <cmath>
#include <utility>

namespace gantrain {

namespace {

using torch::Tensor;

constexpr int64_t kThoroughStart = 25;
constexpr int64_t kThoroughEvery = 500;

enum class Labels { kNone, kProbabilities, kNumbers };
enum class Scores {
  kAlone,    // a logit is judged by itself
  kPairs,    // minus the logit of the other side's image at the same place of the batch
  kAverage,  // minus the other side's mean
};
enum class Scale { kProbability, kAroundHalf, kAroundZero, kRelative };

// What D is told: one label for all, or drawn ones, of a shape that broadcasts to the scores'.
struct Target {
  double label;
  Tensor drawn;  // undefined = label

  Tensor times(const Tensor& x) const { return drawn.defined() ? drawn * x : label * x; }
  Tensor rest_times(const Tensor& x) const {
    return drawn.defined() ? (1 - drawn) * x : (1 - label) * x;
  }
  Tensor taken_from(const Tensor& x) const { return drawn.defined() ? x - drawn : x - label; }
};

// How far a score is from a target, per logit.
using Distance = Tensor (*)(const Tensor& score, const Target& target);

struct Objective {
  const char* name;
  const char* source;
  Labels labels;
  Scores scores;
  Scale scale;
  Distance real, fake;                 // D's
  Tensor (*generator)(const Tensor&);  // G's, of the fakes' scores
};

// log(1 + exp(x)). Where the library's default threshold of 20 goes over to x itself a double still
// tells the difference.
Tensor soft_ramp(const Tensor& x) {
  return torch::softplus(x, /*beta=*/1, /*threshold=*/40);
}

// Cross-entropy of sigmoid(logits) against the label: -log sigmoid(x) = softplus(-x), -log(1 -
// sigmoid(x)) = softplus(x).
Tensor cross_entropy(const Tensor& logits, const Target& target) {
  return target.times(soft_ramp(-logits)) + target.rest_times(soft_ramp(logits));
}

Tensor half_square(const Tensor& logits, const Target& target) {
  return target.taken_from(logits).square() / 2;
}

Tensor negative(const Tensor& scores) {
  return -scores;
}

Tensor real_ramp(const Tensor& scores) {
  return soft_ramp(-scores);
}

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> rows = {
      {"non_saturating", "arXiv:1406.2661", Labels::kProbabilities, Scores::kAlone,
       Scale::kProbability, cross_entropy, cross_entropy, real_ramp},
      {"saturating", "the minimax game of arXiv:1406.2661", Labels::kProbabilities, Scores::kAlone,
       Scale::kProbability, cross_entropy, cross_entropy,
       [](const Tensor& fakes) { return -soft_ramp(fakes); }},
      {"least_squares", "LSGAN, arXiv:1611.04076", Labels::kNumbers, Scores::kAlone,
       Scale::kAroundHalf, half_square, half_square,
       [](const Tensor& fakes) { return (fakes - 1).square() / 2; }},
      {"hinge", "arXiv:1705.02894", Labels::kNone, Scores::kAlone, Scale::kAroundZero,
       [](const Tensor& reals, const Target&) { return (1 - reals).clamp_min(0); },
       [](const Tensor& fakes, const Target&) { return (1 + fakes).clamp_min(0); }, negative},
      {"wasserstein", "WGAN, arXiv:1701.07875", Labels::kNone, Scores::kAlone, Scale::kRelative,
       [](const Tensor& reals, const Target&) { return -reals; },
       [](const Tensor& fakes, const Target&) { return fakes; }, negative},
      {"relativistic", "pairs of a real and a fake, arXiv:1807.00734 and 2501.05441", Labels::kNone,
       Scores::kPairs, Scale::kRelative,
       [](const Tensor& differences, const Target&) { return real_ramp(differences); }, nullptr,
       real_ramp},
      {"relativistic_average", "arXiv:1807.00734", Labels::kProbabilities, Scores::kAverage,
       Scale::kRelative, cross_entropy, cross_entropy, real_ramp},
  };
  return rows;
}

const Objective& row(const ObjectiveOptions& options) {
  for (const Objective& each : objectives()) {
    if (options.type == each.name) {
      return each;
    }
  }
  TORCH_CHECK(false, "no objective is called \"", options.type, "\"");
}

Tensor at_least_float(const Tensor& logits) {
  return logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
}

// [N] beside logits of [N, ...].
Target target_of(const Tensor& drawn, double label, const Tensor& logits) {
  if (!drawn.defined()) {
    return {label, {}};
  }
  std::vector<int64_t> shape(static_cast<size_t>(logits.dim()), 1);
  shape[0] = -1;
  return {label, drawn.to(logits.scalar_type()).view(shape)};
}

Tensor scores_of(Scores scores, const Tensor& own, const Tensor& other) {
  switch (scores) {
    case Scores::kPairs:
      return own - other;
    case Scores::kAverage:
      return own - other.mean();
    case Scores::kAlone:
      break;
  }
  return own;
}

// Of the realness: more of it is real.
double middle_of(Scale scale) {
  return scale == Scale::kAroundZero ? 0 : 0.5;
}

std::string type_help() {
  std::string help;
  for (const Objective& each : objectives()) {
    help += (help.empty() ? "" : ", ") + std::string(each.name) + " (" + each.source + ")";
  }
  return help + ".";
}

std::vector<std::pair<std::string, std::string>> type_names() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const Objective& each : objectives()) {
    names.emplace_back(each.name, each.name);
  }
  return names;
}

std::optional<OptionConflict> labels_that_do_not_fit(const ObjectiveOptions& options) {
  const Labels labels = row(options).labels;
  const ObjectiveOptions defaults;
  for (const auto& [key, value, usual] :
       {std::tuple{"real_label", options.real_label, defaults.real_label},
        {"fake_label", options.fake_label, defaults.fake_label},
        {"label_noise", options.label_noise, 0.0},
        {"label_flip", options.label_flip, 0.0}}) {
    if (labels == Labels::kNone && value != usual) {
      return OptionConflict{key, std::string(key) + " has no meaning when type is " + options.type +
                                     ", which aims at no label"};
    }
  }
  for (const auto& [key, label] :
       {std::pair{"real_label", options.real_label}, {"fake_label", options.fake_label}}) {
    if (labels == Labels::kProbabilities &&
        (label - options.label_noise < 0 || label + options.label_noise > 1)) {
      return OptionConflict{options.label_noise == 0 ? key : "label_noise",
                            std::string(key) + (options.label_noise == 0 ? "" : " +- label_noise") +
                                " is a probability when type is " + options.type +
                                " and must lie in [0, 1]; least_squares takes other values"};
    }
  }
  return std::nullopt;
}

}  // namespace

const OptionTable& objective_options() {
  using O = ObjectiveOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "The game that generator and discriminator play.",
          {
              choice<O, std::string>("type", &O::type, type_names(), type_help())
                  .known_elsewhere_as({"gan_mode", "loss"}),
              number("real_label", &O::real_label,
                     "The discriminator's target for real images; 0.9 smooths labels on one side.")
                  .range(-10.0, 10.0)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"label_smoothing"}),
              number("fake_label", &O::fake_label,
                     "The discriminator's target for generated images.")
                  .range(-10.0, 10.0)
                  .on_resume(OnResume::kFree),
              number("label_noise", &O::label_noise,
                     "Each target of the discriminator is drawn from label - label_noise to label "
                     "+ label_noise.")
                  .range(0.0, 10.0)
                  .on_resume(OnResume::kFree),
              number("label_flip", &O::label_flip,
                     "Share of images that the discriminator is told the other side's label for.")
                  .range(0.0, 0.5)
                  .on_resume(OnResume::kFree),
              number("discriminator_weight", &O::discriminator_weight,
                     "Factor of the discriminator's loss; 0.5 halves it.")
                  .range(0.0, 100.0)
                  .above_minimum()
                  .on_resume(OnResume::kFree),
              integer("n_critic", &O::n_critic,
                      "Updates of the discriminator per step, each on a batch of its own.")
                  .range(1, 1000)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"n_dis", "d_steps", "critic_iterations"}),
              integer("n_critic_thorough", &O::n_critic_thorough,
                      "The same in the first 25 steps and in every 500th, as WGAN's authors train; "
                      "0 = n_critic.")
                  .range(0, 1000)
                  .on_resume(OnResume::kFree),
          })
          .check<O>(labels_that_do_not_fit);
  return table;
}

int64_t critic_updates(const ObjectiveOptions& options, int64_t step) {
  const bool thorough = step < kThoroughStart || step % kThoroughEvery == 0;
  return thorough && options.n_critic_thorough > 0 ? options.n_critic_thorough : options.n_critic;
}

bool draws_labels(const ObjectiveOptions& options) {
  return options.label_noise > 0 || options.label_flip > 0;
}

LabelTargets label_targets(const ObjectiveOptions& options, const Tensor& noise,
                           const Tensor& flip) {
  const Tensor flipped = flip < options.label_flip;
  const Tensor offsets = options.label_noise * (2 * noise - 1);
  const double real = options.real_label;
  const double fake = options.fake_label;
  return {torch::where(flipped.select(1, 0), fake, real) + offsets.select(1, 0),
          torch::where(flipped.select(1, 1), real, fake) + offsets.select(1, 1)};
}

std::vector<LossTerm> discriminator_loss(const ObjectiveOptions& options, const Tensor& real_logits,
                                         const Tensor& fake_logits, const LabelTargets& targets) {
  const Objective& objective = row(options);
  const Tensor reals = at_least_float(real_logits);
  const Tensor fakes = at_least_float(fake_logits);
  const auto term = [&](const char* name, Distance distance, const Tensor& own, const Tensor& other,
                        const Tensor& target, double label) {
    return LossTerm{
        name, options.discriminator_weight *
                  distance(scores_of(objective.scores, own, other), target_of(target, label, own))
                      .mean()};
  };
  const bool in_pairs = objective.fake == nullptr;
  std::vector<LossTerm> terms = {term(in_pairs ? "d" : "d_real", objective.real, reals, fakes,
                                      targets.real, options.real_label)};
  if (!in_pairs) {
    terms.push_back(term("d_fake", objective.fake, fakes, reals, targets.fake, options.fake_label));
  }
  return terms;
}

bool generator_sees_reals(const ObjectiveOptions& options) {
  return row(options).scores != Scores::kAlone;
}

Tensor generator_loss(const ObjectiveOptions& options, const Tensor& fake_logits,
                      const Tensor& real_logits) {
  const Objective& objective = row(options);
  const Tensor fakes = at_least_float(fake_logits);
  if (objective.scores == Scores::kAlone) {
    return objective.generator(fakes).mean();
  }
  const Tensor reals = at_least_float(real_logits);
  Tensor loss = objective.generator(scores_of(objective.scores, fakes, reals)).mean();
  if (objective.scores == Scores::kAverage) {
    loss = loss + soft_ramp(scores_of(objective.scores, reals, fakes)).mean();
  }
  return loss;
}

Tensor realness(const ObjectiveOptions& options, const Tensor& logits) {
  const Tensor values = at_least_float(logits.detach());
  return row(options).scale == Scale::kProbability ? values.sigmoid() : values;
}

bool judges_by_itself(const ObjectiveOptions& options) {
  return row(options).scale != Scale::kRelative;
}

Tensor mean_sign(const ObjectiveOptions& options, const Tensor& real_logits) {
  return (realness(options, real_logits) - middle_of(row(options).scale)).sign().mean();
}

Tensor accuracy(const ObjectiveOptions& options, const Tensor& real_logits,
                const Tensor& fake_logits) {
  const Scale scale = row(options).scale;
  const Tensor reals = realness(options, real_logits).flatten();
  const Tensor fakes = realness(options, fake_logits).flatten();
  if (scale == Scale::kRelative) {
    return (reals > fakes).to(torch::kFloat).mean();
  }
  const double middle = middle_of(scale);
  return torch::cat({reals.gt(middle), fakes.le(middle)}).to(torch::kFloat).mean();
}

}  // namespace gantrain
