#include "commands/generator_options.h"

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {

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
