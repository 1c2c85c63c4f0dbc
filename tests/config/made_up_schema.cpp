#include "config/made_up_schema.h"

namespace gantrain {
namespace {

struct MadeUpWorkers {
  int64_t workers = 2;
};

const OptionTable& run_options() {
  static const OptionTable table = OptionTable::of<MadeUpRun>(
      "The run.",
      {
          integer("seed", &MadeUpRun::seed, "Seed of everything random.")
              .range(0, std::numeric_limits<int64_t>::max()),
          text("name", &MadeUpRun::name, "Name of the run folder.").on_resume(OnResume::kFree),
      });
  return table;
}

const OptionTable& net_options() {
  static const OptionTable table = OptionTable::of<MadeUpNet>(
      "A net.",
      {
          integer("latent_dim", &MadeUpNet::latent_dim, "Size of the latent vector.")
              .range(1, 4096)
              .known_elsewhere_as({"nz", "z_dim"}),
          integers("channels", &MadeUpNet::channels, "Widths.").range(1, 8192).items(1, 8),
          boolean("bias", &MadeUpNet::bias, "Whether layers have a bias."),
          number("dropout", &MadeUpNet::dropout, "Chance to drop a feature.")
              .range(0, 1)
              .below_maximum(),
      });
  return table;
}

const OptionTable& critic_options() {
  static const OptionTable table = OptionTable::of<MadeUpCritic>(
      "A critic.",
      {
          integer("latent_dim", &MadeUpCritic::latent_dim, "Size of the latent vector.")
              .range(1, 64),
          integer("n_critic", &MadeUpCritic::n_critic, "Updates per step.").range(1, 100),
      });
  return table;
}

const OptionTable& worker_options() {
  static const OptionTable table = OptionTable::of<MadeUpWorkers>(
      "Loading.", {integer("workers", &MadeUpWorkers::workers, "Threads that decode.")
                       .range(0, 256)
                       .on_resume(OnResume::kFree)});
  return table;
}

const OptionTable& folder_options() {
  static const OptionTable table = OptionTable::of<MadeUpData>(
      "A folder of images.",
      {
          path("path", &MadeUpData::path, "The folder.").not_empty(),
          choice("policy", &MadeUpData::policy,
                 {{"fail", MadeUpPolicy::kFail}, {"skip", MadeUpPolicy::kSkip}},
                 "What a bad file does."),
          texts("tags", &MadeUpData::tags, "Labels for the report.").items(0, 3),
      });
  return table;
}

const OptionTable& synthetic_options() {
  static const OptionTable table = OptionTable::of<MadeUpSynthetic>(
      "Shapes.", {integer("images", &MadeUpSynthetic::images, "How many.").range(1, 1000000)});
  return table;
}

const OptionTable& adam_options() {
  static const OptionTable table = OptionTable::of<MadeUpAdam>(
      "Adam.", {
                   number("learning_rate", &MadeUpAdam::learning_rate, "Step size.")
                       .range(0, 10)
                       .above_minimum()
                       .on_resume(OnResume::kFree)
                       .known_elsewhere_as({"lr"}),
                   numbers("betas", &MadeUpAdam::betas, "Decay of the moments.")
                       .range(0, 1)
                       .below_maximum()
                       .items(2, 2),
               });
  return table;
}

const OptionTable& sgd_options() {
  static const OptionTable table = OptionTable::of<MadeUpSgd>(
      "Gradient descent.",
      {
          number("learning_rate", &MadeUpSgd::learning_rate, "Step size.").range(0, 10),
          number("momentum", &MadeUpSgd::momentum, "Momentum.").range(0, 1),
      });
  return table;
}

const OptionTable& training_options() {
  static const OptionTable table =
      OptionTable::of<MadeUpTraining>(
          "The loop.",
          {
              length("length", &MadeUpTraining::length, "When to stop."),
              length("every", &MadeUpTraining::every, "Interval of samples.").or_never(),
              integer("batch_size", &MadeUpTraining::batch_size, "Images per step.")
                  .range(1, 65536),
              integer("micro_batch_size", &MadeUpTraining::micro_batch_size,
                      "Images per pass; 0: all.")
                  .range(0, 65536),
          })
          .check<MadeUpTraining>(
              [](const MadeUpTraining& options) -> std::optional<OptionConflict> {
                if (options.micro_batch_size <= options.batch_size) {
                  return std::nullopt;
                }
                return OptionConflict{"micro_batch_size",
                                      "larger than training.batch_size (got " +
                                          std::to_string(options.micro_batch_size) + " and " +
                                          std::to_string(options.batch_size) + ")"};
              });
  return table;
}

}  // namespace

const ConfigSchema& made_up_schema() {
  static const std::vector<SectionVariant> optimizers = {{"adam", &adam_options()},
                                                         {"sgd", &sgd_options()}};
  static const ConfigSchema schema = {{
      {"", "A run.", &run_options(), {}, "", true},
      {"model",
       "The networks.",
       nullptr,
       {{"net", &net_options()}, {"critic", &critic_options()}},
       "",
       true},
      {"data",
       "The images.",
       &worker_options(),
       {{"folder", &folder_options()}, {"synthetic", &synthetic_options()}},
       "synthetic",
       false},
      {"optimizer.generator", "The generator's optimizer.", nullptr, optimizers, "adam", true},
      {"optimizer.discriminator", "The discriminator's optimizer.", nullptr, optimizers, "adam",
       true},
      {"training", "The loop.", &training_options(), {}, "", true},
  }};
  return schema;
}

}  // namespace gantrain
