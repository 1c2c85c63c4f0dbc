#include <memory>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/runtime/device.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/pictures.h"

#include "commands/command.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

struct SampleArguments {
  fs::path checkpoint;
  int64_t count = 64;
  fs::path out;
  int64_t seed = 0;
  bool separate = false;
  std::string weights = "ema";
  RuntimeOptions runtime;
};

int run_sample(const SampleArguments& arguments) {
  const Runtime runtime = start_runtime(arguments.runtime, "--device");
  const WeightChoice weights = arguments.weights == "raw" ? WeightChoice::kRaw : WeightChoice::kEma;
  LoadedGenerator loaded = load_generator(arguments.checkpoint, weights, runtime.device);
  std::vector<Image> images;
  for (int64_t start = 0; start < arguments.count; start += kPictureBatch) {
    std::vector<PictureKey> keys;
    for (int64_t i = start; i < std::min(start + kPictureBatch, arguments.count); ++i) {
      keys.push_back({static_cast<uint64_t>(arguments.seed), i, -1});
    }
    generate(*loaded.generator, latents_of(keys, loaded.generator->latent_dim()), torch::Tensor(),
             runtime.device, [&](int64_t, const torch::Tensor& batch) {
               for (Image& image : to_images(batch)) {
                 images.push_back(std::move(image));
               }
             });
  }
  write_png(arguments.out.empty() ? fs::path("samples.png") : arguments.out, make_grid(images));
  return kExitFinished;
}

}  // namespace

Action add_sample(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<SampleArguments>();
  app.add_option("--ckpt", arguments->checkpoint, "g.pt, a snapshot, a checkpoint, or a run folder")
      ->type_name("FILE|RUN")
      ->required();
  app.add_option("--n", arguments->count, "How many pictures")->check(CLI::Range(1, 10000000));
  app.add_option("--out", arguments->out, "PNG file of the grid")->type_name("FILE");
  app.add_option("--seed", arguments->seed, "Seed of the latents")->check(CLI::NonNegativeNumber);
  app.add_option("--weights", arguments->weights, "Averaged or as trained")
      ->check(CLI::IsMember({"ema", "raw"}));
  app.footer("Example:\n  gantrain sample --ckpt runs/mnist_dcgan/g.pt --n 64 --out digits.png");
  return [arguments] { return run_sample(*arguments); };
}

}  // namespace gantrain
