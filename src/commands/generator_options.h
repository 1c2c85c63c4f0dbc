#pragma once

#include <string>

#include "gantrain/training/generator_file.h"

#include "commands/command.h"

namespace gantrain {

// What every verb that makes pictures takes: --ckpt, --weights, --device, --threads.
struct GeneratorArguments {
  std::filesystem::path checkpoint;
  std::string weights = "ema";
  RuntimeOptions runtime;
};

void add_generator_options(CLI::App& app, GeneratorArguments& arguments);

// --trunc of the verbs that draw latents; stays 0 where it is not given.
void add_truncation_option(CLI::App& app, double& truncation);

struct ReadyGenerator {
  Runtime runtime;
  LoadedGenerator loaded;
};
ReadyGenerator open_generator(const GeneratorArguments& arguments);

// The same of a generator that makes pictures from noise. Throws Error(kUsage) for one that turns
// pictures into pictures.
ReadyGenerator open_latent_generator(const GeneratorArguments& arguments);

// The value of --class for that generator; kAnyClass where it was left out. Throws Error(kUsage)
// for a generator without classes, and for what is none of its classes.
int64_t chosen_class(const std::string& text, const ReadyGenerator& ready);

// The same where "all" is an answer, too.
inline constexpr const char* kEveryClass = "all";
bool wants_every_class(const std::string& text, const ReadyGenerator& ready);

}  // namespace gantrain
