#include "commands/generator_options.h"

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

// Below, most numbers would be drawn a dozen times; above, none ever is.
constexpr double kLeastTruncation = 0.1;
constexpr double kMostTruncation = 10;

}  // namespace

void add_generator_options(CLI::App& app, GeneratorArguments& arguments) {
  app.add_option("--ckpt", arguments.checkpoint, "g.pt, a snapshot, a checkpoint, or a run folder")
      ->type_name("FILE|RUN")
      ->required();
  app.add_option("--weights", arguments.weights, "The averaged weights, or those as trained")
      ->type_name("ema|raw")
      ->check(CLI::IsMember({"ema", "raw"}))
      ->capture_default_str();
  app.add_option("--device", arguments.runtime.device, "auto, cpu, cuda, cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str();
  app.add_option("--threads", arguments.runtime.threads, "CPU threads; 0 = all")
      ->type_name("N")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

void add_truncation_option(CLI::App& app, double& truncation) {
  app.add_option("--trunc", truncation,
                 "Latents within [-T, T], drawn again where they are not: less variety, fewer odd "
                 "pictures; 0.1 to 10, without it they are not bounded")
      ->type_name("T")
      ->check([](const std::string& text) {
        double value = 0;
        return CLI::detail::lexical_cast(text, value) && value >= kLeastTruncation &&
                       value <= kMostTruncation
                   ? std::string()
                   : "Value " + text + " not in range [0.1 - 10]";
      });
}

ReadyGenerator open_generator(const GeneratorArguments& arguments) {
  const Runtime runtime = start_runtime(arguments.runtime, "--device");
  const WeightChoice weights = arguments.weights == "raw" ? WeightChoice::kRaw : WeightChoice::kEma;
  return {runtime, load_generator(arguments.checkpoint, weights, runtime.device)};
}

ReadyGenerator open_latent_generator(const GeneratorArguments& arguments) {
  ReadyGenerator ready = open_generator(arguments);
  if (ready.loaded.generator->picture_task()) {
    throw Error(ErrorKind::kUsage, printable(ready.loaded.path.string()) + ": its model (" +
                                       ready.loaded.config.model.type +
                                       ") turns pictures into pictures and makes none from noise; "
                                       "gantrain translate gives it pictures");
  }
  return ready;
}

}  // namespace gantrain
