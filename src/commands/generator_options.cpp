#include "commands/generator_options.h"

#include <charconv>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/training/pictures.h"

namespace gantrain {
namespace {

// Below, most numbers would be drawn a dozen times; above, none ever is.
constexpr double kLeastTruncation = 0.1;
constexpr double kMostTruncation = 10;

int64_t classes_for(const ReadyGenerator& ready) {
  const int64_t classes = ready.loaded.generator->classes();
  if (classes == 0) {
    throw Error(ErrorKind::kUsage, "--class: " + printable(ready.loaded.path.string()) +
                                       " was trained without classes (model.classes is 0); leave "
                                       "--class out");
  }
  return classes;
}

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

int64_t chosen_class(const std::string& text, const ReadyGenerator& ready) {
  if (text.empty()) {
    return kAnyClass;
  }
  const int64_t classes = classes_for(ready);
  int64_t label = -1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, label);
  if (parsed.ec != std::errc() || parsed.ptr != end || label < 0 || label >= classes) {
    throw Error(ErrorKind::kUsage,
                "--class: not a class of " + printable(ready.loaded.path.string()) + " (got " +
                    printable(text) + ", expected 0 to " + std::to_string(classes - 1) + ")");
  }
  return label;
}

bool wants_every_class(const std::string& text, const ReadyGenerator& ready) {
  return text == kEveryClass && classes_for(ready) > 0;
}

}  // namespace gantrain
