#include "gantrain/training/run_config.h"

#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/data/registry.h"
#include "gantrain/losses/objective.h"
#include "gantrain/losses/penalty.h"
#include "gantrain/nn/augment.h"
#include "gantrain/training/optimizer.h"

#include "training/rate_schedule.h"

namespace gantrain {
namespace {

constexpr const char* kGeneratorOptimizer = "optimizer.generator";
constexpr const char* kDiscriminatorOptimizer = "optimizer.discriminator";

PartConfig part(const Config& config, const std::string& path) {
  const SectionValues& values = config.section(path);
  return {values.type, values.options};
}

OptimizerConfig optimizer(const Config& config, const std::string& path,
                          const TrainingOptions& training) {
  OptimizerConfig result{part(config, path), config.options<UpdateOptions>(path)};
  const UpdateOptions& update = result.update;
  const auto in_seconds = [](const Length& length) {
    return !length.never() && length.unit == LengthUnit::kSeconds;
  };
  for (const auto& [key, length] : {std::pair{"schedule_start", update.schedule_start},
                                    {"schedule_every", update.schedule_every},
                                    {"warmup", update.warmup}}) {
    if (in_seconds(length)) {
      throw Error(ErrorKind::kConfig,
                  config.place(path + "." + key) +
                      ": a rate that follows the clock could not be resumed exactly; give steps, "
                      "epochs or kimg");
    }
  }
  if (needs_an_end(update.schedule) && in_seconds(training.length)) {
    throw Error(ErrorKind::kConfig,
                config.place(path + ".schedule") +
                    ": falls until the end of training.length, which must then be in steps, epochs "
                    "or kimg (got \"" +
                    to_string(training.length) + "\")");
  }
  return result;
}

}  // namespace

const ConfigSchema& run_schema() {
  static const ConfigSchema schema = [] {
    ConfigSchema s;
    s.sections.push_back({.path = "", .help = "A run of gantrain.", .table = &run_options()});
    s.sections.push_back({.path = "model",
                          .help = "The networks and how they are trained.",
                          .variants = model_variants()});
    s.sections.push_back({.path = "objective",
                          .help = "The game that generator and discriminator play.",
                          .table = &objective_options()});
    s.sections.push_back({.path = "penalty",
                          .help = "What keeps the discriminator's slope in bounds.",
                          .table = &penalty_options()});
    s.sections.push_back({.path = "augment",
                          .help = "What is done to pictures before the discriminator sees them.",
                          .table = &augment_options()});
    s.sections.push_back(
        {.path = "data", .help = "What to learn from.", .variants = dataset_variants()});
    for (const char* path : {kGeneratorOptimizer, kDiscriminatorOptimizer}) {
      s.sections.push_back({.path = path,
                            .help = "How this network's parameters move.",
                            .table = &update_options(),
                            .variants = optimizer_variants(),
                            .default_variant = "adam"});
    }
    s.sections.push_back(
        {.path = "training", .help = "Length and batches.", .table = &training_options()});
    s.sections.push_back(
        {.path = "ema", .help = "The averaged generator.", .table = &ema_options()});
    s.sections.push_back(
        {.path = "samples", .help = "Grids of pictures.", .table = &sample_options()});
    s.sections.push_back({.path = "validation",
                          .help = "Pictures that are not learnt from.",
                          .table = &validation_options()});
    s.sections.push_back(
        {.path = "checkpoints", .help = "What is saved.", .table = &checkpoint_options()});
    s.sections.push_back({.path = "log", .help = "What is logged.", .table = &log_options()});
    s.sections.push_back({.path = "runtime",
                          .help = "Where and how exactly to compute.",
                          .table = &runtime_options()});
    return s;
  }();
  return schema;
}

int picture_bits(const RunConfig& config) {
  return dataset_bits(config.data.type, config.data.options);
}

RunConfig make_run_config(Config config) {
  RunConfig result;
  result.run = config.options<RunOptions>("");
  const SectionValues& model = config.section("model");
  result.training = config.options<TrainingOptions>("training");
  result.model = {model.type,
                  model.options,
                  config.options<ObjectiveOptions>("objective"),
                  config.options<PenaltyOptions>("penalty"),
                  config.options<AugmentOptions>("augment"),
                  images_at_once(result.training)};
  if (const auto conflict = model_conflict(result.model)) {
    throw Error(ErrorKind::kConfig, config.place(conflict->key) + ": " + conflict->message);
  }
  result.data = part(config, "data");
  if (image_geometry(result.model) == kPointGeometry && result.data.type != "points") {
    throw Error(ErrorKind::kConfig,
                config.place("model.resolution") +
                    ": a model of points (resolution 1, 2 channels) learns from data.type "
                    "\"points\" (got \"" +
                    result.data.type + "\")");
  }
  result.generator_optimizer = optimizer(config, kGeneratorOptimizer, result.training);
  result.discriminator_optimizer = optimizer(config, kDiscriminatorOptimizer, result.training);
  result.ema = config.options<EmaOptions>("ema");
  result.samples = config.options<SampleOptions>("samples");
  result.validation = config.options<ValidationOptions>("validation");
  if (result.validation.split != ValidationSplit::kNone &&
      !batch_geometry(result.model).has_inputs()) {
    throw Error(ErrorKind::kConfig,
                config.place("validation.split") +
                    ": is for models that are given pictures, and model.type \"" + model.type +
                    "\" is given none; set it to \"none\"");
  }
  result.checkpoints = config.options<CheckpointOptions>("checkpoints");
  result.log = config.options<LogOptions>("log");
  result.runtime = config.options<RuntimeOptions>("runtime");
  result.config = std::move(config);
  return result;
}

RunConfig load_run_config(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides) {
  RunConfig result = make_run_config(load_config(file, overrides, run_schema()));
  if (result.run.name.empty()) {
    result.run.name = file.stem().string();
  }
  return result;
}

RunConfig parse_run_config(const std::string& text, const std::string& name) {
  return make_run_config(parse_config(text, name, run_schema()));
}

}  // namespace gantrain
