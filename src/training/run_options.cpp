#include "gantrain/training/run_options.h"

namespace gantrain {

const OptionTable& run_options() {
  using O = RunOptions;
  static const OptionTable table = OptionTable::of<O>(
      "The run.",
      {
          text("name", &O::name,
               "Name of the run's folder under runs/; empty = the name of the configuration file.")
              .on_resume(OnResume::kExtend),
          integer("seed", &O::seed, "Start of every random number of the run.")
              .range(int64_t{0}, std::numeric_limits<int64_t>::max()),
      });
  return table;
}

const OptionTable& training_options() {
  using O = TrainingOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "How long and in what portions.",
          {
              length("length", &O::length,
                     "When the run is finished; a longer one continues a finished run.")
                  .known_elsewhere_as({"epochs", "n_epochs", "num_epochs", "niter", "max_steps"}),
              integer("batch_size", &O::batch_size, "Images per step, over all devices.")
                  .range(int64_t{1}, int64_t{65536})
                  .known_elsewhere_as({"batch"}),
              integer(
                  "micro_batch_size", &O::micro_batch_size,
                  "Images that one device takes at a time; gradients are added up. 0 = batch_size.")
                  .range(int64_t{0}, int64_t{65536})
                  .on_resume(OnResume::kFree),
              path("init_from", &O::init_from,
                   "Start from the weights of another run: its folder, a checkpoint, g.pt, or what "
                   "`gantrain import` wrote. What fits by name and shape is taken, the rest is "
                   "listed; a run that is resumed does not read it again.")
                  .known_elsewhere_as({"pretrained", "transfer", "resume_from", "load"}),
              texts("freeze", &O::freeze,
                    "Parameters that never move, by name: \"generator.main.0.*\", * for any "
                    "characters. Statistics of batch norm still move.")
                  .items(0, 64)
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"freeze_layers", "freezed", "frozen"}),
          })
          .check<O>([](const O& options) -> std::optional<OptionConflict> {
            if (options.micro_batch_size > 0 &&
                options.batch_size % options.micro_batch_size != 0) {
              return OptionConflict{"micro_batch_size",
                                    "must divide batch_size (got " +
                                        std::to_string(options.micro_batch_size) + " and " +
                                        std::to_string(options.batch_size) + ")"};
            }
            return std::nullopt;
          });
  return table;
}

int64_t images_at_once(const TrainingOptions& options) {
  return options.micro_batch_size > 0 ? options.micro_batch_size : options.batch_size;
}

const OptionTable& sample_options() {
  using O = SampleOptions;
  static const OptionTable table =
      OptionTable::of<O>("Grids of pictures made while training, always from the same latents.",
                         {
                             length("every", &O::every, "How often a grid is written.").or_never(),
                             integer("count", &O::count, "Pictures in a grid.")
                                 .range(int64_t{1}, int64_t{1024})
                                 .on_resume(OnResume::kFree),
                             integer("seed", &O::seed,
                                     "Seed of the grid's latents; `gantrain sample --seed` with it "
                                     "makes the same pictures.")
                                 .range(int64_t{0}, std::numeric_limits<int64_t>::max())
                                 .on_resume(OnResume::kFree),
                         });
  return table;
}

const OptionTable& validation_options() {
  using O = ValidationOptions;
  static const OptionTable table = OptionTable::of<O>(
      "Pictures that are not learnt from, for models that are given pictures: sample grids show "
      "them, and what is made of them is measured against the images they are pairs with.",
      {
          choice("split", &O::split,
                 {{"none", ValidationSplit::kNone},
                  {"train", ValidationSplit::kTrain},
                  {"val", ValidationSplit::kVal},
                  {"test", ValidationSplit::kTest}},
                 "Which part of the data set; train is what is learnt from; none: grids show that, "
                 "and nothing is measured.")
              .on_resume(OnResume::kFree),
          length("every", &O::every, "How often it is measured.").or_never(),
          integer("count", &O::count, "Only so many of them; 0 = all.")
              .range(int64_t{0}, int64_t{1'000'000})
              .on_resume(OnResume::kFree),
          choice("best_by", &O::best_by,
                 {{"l1", BestBy::kL1}, {"psnr", BestBy::kPsnr}, {"ssim", BestBy::kSsim}},
                 "What decides that the generator is kept as best.pt.")
              .on_resume(OnResume::kFree),
      });
  return table;
}

const OptionTable& checkpoint_options() {
  using O = CheckpointOptions;
  static const OptionTable table = OptionTable::of<O>(
      "What is saved, when, and how much of it is kept.",
      {
          length("every", &O::every,
                 "How often everything that resuming needs, and g.pt, are saved.")
              .known_elsewhere_as({"save_every", "save_interval"}),
          integer("keep", &O::keep, "Newest checkpoints that are kept.")
              .range(int64_t{1}, int64_t{10000})
              .on_resume(OnResume::kFree),
          length("keep_every", &O::keep_every, "Checkpoints at these intervals are kept for good.")
              .or_never(),
          length("snapshot_every", &O::snapshot_every,
                 "How often the generator alone is saved, and kept.")
              .or_never(),
      });
  return table;
}

const OptionTable& log_options() {
  using O = LogOptions;
  static const OptionTable table = OptionTable::of<O>(
      "metrics.jsonl and the plain log.",
      {
          length("every", &O::every,
                 "How often losses and reports are read from the device and written."),
      });
  return table;
}

}  // namespace gantrain
