#include "gantrain/training/update_options.h"

namespace gantrain {

const OptionTable& update_options() {
  using O = UpdateOptions;
  static const OptionTable table = OptionTable::of<O>(
      "The rate's schedule, and clipping.",
      {
          choice<O, ScheduleKind>(
              "schedule", &O::schedule,
              {{"constant", ScheduleKind::kConstant},
               {"linear", ScheduleKind::kLinear},
               {"linear_by_epoch", ScheduleKind::kLinearByEpoch},
               {"cosine", ScheduleKind::kCosine},
               {"cosine_by_epoch", ScheduleKind::kCosineByEpoch},
               {"step", ScheduleKind::kStep},
               {"step_by_epoch", ScheduleKind::kStepByEpoch}},
              "How the rate goes from schedule_start to the end of training.length: linear and "
              "cosine to 0; step is times schedule_factor at every schedule_every. *_by_epoch are "
              "those of pix2pix' program, constant within an epoch and one epoch early: step and "
              "cosine, down and up again every schedule_every, ignore schedule_start.")
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"lr_policy", "lr_schedule", "scheduler"}),
          length("schedule_start", &O::schedule_start, "When the rate begins to fall.")
              .or_never()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"decay_epoch", "n_epochs_decay"}),
          length("schedule_every", &O::schedule_every,
                 "Interval of schedule step and step_by_epoch; half a period of cosine_by_epoch.")
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"lr_decay_iters", "step_size"}),
          number("schedule_factor", &O::schedule_factor,
                 "Factor of schedule step and step_by_epoch.")
              .range(0.0, 1.0)
              .on_resume(OnResume::kFree),
          length("warmup", &O::warmup, "The rate rises linearly to its full height until then.")
              .or_never()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"warmup_steps"}),
          number("clip_norm", &O::clip_norm,
                 "Gradients of an update are scaled down to this norm of them all; 0 = off.")
              .range(0.0, 1e9)
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"grad_clip", "max_grad_norm", "gradient_clip_val"}),
          number("clip_value", &O::clip_value,
                 "Every entry of a gradient is kept in [-clip_value, clip_value]; 0 = off.")
              .range(0.0, 1e9)
              .on_resume(OnResume::kFree),
      });
  return table;
}

}  // namespace gantrain
