#include <cstdio>
#include <iostream>
#include <memory>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/training/interpolation.h"
#include "gantrain/training/pictures.h"

#include "commands/command.h"
#include "commands/generator_options.h"
#include "commands/number_list.h"

namespace gantrain {
namespace {

constexpr int64_t kStripPictures = 16;
constexpr const char* kStripName = "strip.png";

struct InterpolateArguments {
  GeneratorArguments generator;
  std::string seeds;
  std::string label;
  int64_t frames = 60;
  std::filesystem::path out = "interpolation";
  double truncation = 0;
};

int run_interpolate(const InterpolateArguments& arguments) {
  std::vector<PictureKey> keys;
  for (const int64_t seed : parse_number_list(arguments.seeds, "--seeds")) {
    keys.push_back({static_cast<uint64_t>(seed), 0});
  }
  if (keys.size() < 2) {
    throw Error(ErrorKind::kUsage, "--seeds: needs at least two seeds to go between (got " +
                                       printable(arguments.seeds) + ")");
  }
  ReadyGenerator ready = open_latent_generator(arguments.generator);
  Generator& generator = *ready.loaded.generator;
  const torch::Tensor path = interpolate_latents(
      latents_of(keys, generator.latent_dim(), arguments.truncation), arguments.frames);
  keys.front().label = chosen_class(arguments.label, ready);
  torch::Tensor labels = labels_of({keys.front()}, generator.classes());
  if (labels.defined()) {
    labels = labels.expand({path.size(0)}).contiguous();
  }
  make_folders(arguments.out);
  std::vector<Image> strip;
  const int64_t stride = std::max<int64_t>(1, arguments.frames / kStripPictures);
  generate(generator, path, labels, ready.runtime.device,
           [&](int64_t start, const torch::Tensor& images) {
             int64_t frame = start;
             std::vector<Image> made;
             if (are_points(images)) {
               for (const torch::Tensor& point : images.split(1)) {
                 made.push_back(shown_together(point));
               }
             } else {
               made = to_images(images, picture_bits(ready.loaded.config));
             }
             for (Image& image : made) {
               char name[32];
               std::snprintf(name, sizeof name, "frame-%05lld.png", static_cast<long long>(frame));
               write_png(arguments.out / name, image);
               if (frame % stride == 0) {
                 strip.push_back(std::move(image));
               }
               ++frame;
             }
           });
  write_png(arguments.out / kStripName, make_grid(strip, static_cast<int64_t>(strip.size())));
  std::cout << printable(arguments.out.string()) << ": " << format_count(arguments.frames)
            << " frames and " << kStripName << "\n";
  return kExitFinished;
}

}  // namespace

Action add_interpolate(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<InterpolateArguments>();
  add_generator_options(app, arguments->generator);
  app.add_option("--seeds", arguments->seeds, "Seeds to go through, in order: 1,2,3")
      ->type_name("LIST")
      ->required();
  app.add_option("--class", arguments->label,
                 "The class of all frames, of a generator with classes; left out: that of the "
                 "first seed's picture")
      ->type_name("K");
  app.add_option("--frames", arguments->frames, "Pictures from the first seed to the last")
      ->type_name("N")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  app.add_option("--out", arguments->out, "Folder for the frames and the strip")
      ->type_name("DIR")
      ->capture_default_str();
  add_truncation_option(app, arguments->truncation);
  app.footer(
      "Example:\n  gantrain interpolate --ckpt runs/mnist_dcgan/g.pt --seeds 1,2,3 --frames 60 "
      "--out walk");
  return [arguments] { return run_interpolate(*arguments); };
}

}  // namespace gantrain
