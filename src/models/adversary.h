#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/losses/loss_term.h"
#include "gantrain/losses/objective.h"
#include "gantrain/losses/penalty.h"
#include "gantrain/models/phase.h"
#include "gantrain/models/step_context.h"

#include "models/augmenter.h"
#include "models/judgement.h"

namespace gantrain {

// The discriminator's side of a game: its phases, its losses with labels and penalties, and what
// the generator is told. Every GAN of the registry plays with one, or with several.
class Adversary {
 public:
  using Judge = std::function<Judgement(const Shown& shown)>;

  // judge is called in the precision of the run. suffix tells the random streams and reports
  // ("D_A(x)") of several adversaries apart.
  Adversary(Judge judge, const ObjectiveOptions& objective, const PenaltyOptions& penalty,
            std::string suffix = "", const AugmentOptions& augment = {});

  // The authors of pix2pix show D the fakes first; it is seen in batch norm's running statistics.
  void judge_fakes_first() { fakes_first_ = true; }

  // ACGAN (1610.09585), for a judge with class logits: D and G learn their cross-entropy, times
  // weight, on reals and fakes.
  void teach_classes(double weight) { lambda_class_ = weight; }

  // "d" (n_critic times) and, where penalties have an interval, "d_penalty".
  std::vector<Phase> phases(int64_t step, const std::vector<std::string>& networks) const;

  // The terms of such a phase: d_real and d_fake, or d; d_class_real, d_class_fake; d_gp, d_r1,
  // d_r2. fakes without a graph.
  std::vector<LossTerm> losses(const Phase& phase, const Shown& reals, const Shown& fakes,
                               StepContext& context) const;

  // Of G; reals are looked at only where the objective compares.
  bool compares() const { return generator_sees_reals(objective_); }
  struct GeneratorTerms {
    torch::Tensor game;
    torch::Tensor classes;  // weighted; undefined where D does not tell classes
  };
  GeneratorTerms generator_terms(const Shown& fakes, const Shown& reals,
                                 StepContext& context) const;

  // After an update of D: the augmentation's probability follows what D made of its reals.
  void adapt(const Phase& phase, const UpdateContext& update);
  Augmenter& augmenter() { return augmenter_; }

  // After an update of D: keeps its weights in their bounds.
  void bound_weights(torch::nn::Module& discriminator) const;

 private:
  struct Judged {  // what there is, as D sees it, and what it makes of it
    Shown reals, fakes;
    Shown augmented_reals, augmented_fakes;
    Judgement of_reals, of_fakes;
  };
  Judged judged(const Phase& phase, const Shown& reals, const Shown& fakes, StepContext& context,
                bool for_penalties) const;
  torch::Tensor class_term(const Judgement& judgement, const torch::Tensor& labels,
                           const std::string& what, StepContext& context) const;
  std::vector<LossTerm> penalties(const Judged& batch, StepContext& context) const;
  torch::Tensor penalty_points(const Judged& batch, StepContext& context) const;
  LabelTargets targets(StepContext& context) const;
  Shown augmented(const Shown& shown, const std::string& stream, StepContext& context) const;
  Judgement judge(const Shown& shown, StepContext& context) const;
  void report(const std::string& what, const torch::Tensor& value, StepContext& context) const;

  Judge judge_;
  ObjectiveOptions objective_;
  PenaltyOptions penalty_;
  std::string suffix_;
  Augmenter augmenter_;
  bool fakes_first_ = false;
  double lambda_class_ = 0;
};

}  // namespace gantrain
