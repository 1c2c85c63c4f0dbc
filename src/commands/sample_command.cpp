#include <algorithm>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/training/pictures.h"

#include "commands/command.h"
#include "commands/generator_options.h"
#include "commands/number_list.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultGrid = "samples.png";
constexpr const char* kDefaultFolder = "samples";

struct SampleArguments {
  GeneratorArguments generator;
  int64_t count = 64;
  fs::path out;
  int64_t seed = 0;
  std::string seeds;
  std::string label;
  bool separate = false;
  double truncation = 0;
};

std::vector<PictureKey> picture_keys(const SampleArguments& arguments) {
  std::vector<PictureKey> keys;
  if (!arguments.seeds.empty()) {
    for (const int64_t seed : parse_number_list(arguments.seeds, "--seeds")) {
      keys.push_back({static_cast<uint64_t>(seed), 0});
    }
    return keys;
  }
  for (int64_t i = 0; i < arguments.count; ++i) {
    keys.push_back({static_cast<uint64_t>(arguments.seed), i});
  }
  return keys;
}

// With "all" a row of the grid for every class; `columns` is then its length.
std::vector<PictureKey> in_asked_class(std::vector<PictureKey> keys,
                                       const SampleArguments& arguments,
                                       const ReadyGenerator& ready, int64_t& columns) {
  if (wants_every_class(arguments.label, ready)) {
    columns = static_cast<int64_t>(keys.size());
    return in_every_class(keys, ready.loaded.generator->classes());
  }
  const int64_t label = chosen_class(arguments.label, ready);
  for (PictureKey& key : keys) {
    key.label = label;
  }
  return keys;
}

std::string file_name(const SampleArguments& arguments, const PictureKey& key) {
  const bool by_seed = !arguments.seeds.empty();
  char name[64];
  std::snprintf(
      name, sizeof name, by_seed ? "seed-%06llu.png" : "picture-%06llu.png",
      static_cast<unsigned long long>(by_seed ? key.seed : static_cast<uint64_t>(key.index)));
  char prefix[32] = "";
  if (key.label != kAnyClass) {
    std::snprintf(prefix, sizeof prefix, "class-%03lld-", static_cast<long long>(key.label));
  }
  return std::string(prefix) + name;
}

// Makes the pictures a batch at a time and hands each batch to `take`.
void make_batches(
    ReadyGenerator& ready, const std::vector<PictureKey>& keys, double truncation,
    const std::function<void(const std::vector<PictureKey>&, const torch::Tensor&)>& take) {
  Generator& generator = *ready.loaded.generator;
  for (size_t start = 0; start < keys.size(); start += kPictureBatch) {
    const size_t end = std::min(start + static_cast<size_t>(kPictureBatch), keys.size());
    const std::vector<PictureKey> part(keys.begin() + static_cast<std::ptrdiff_t>(start),
                                       keys.begin() + static_cast<std::ptrdiff_t>(end));
    generate(generator, latents_of(part, generator.latent_dim(), truncation),
             labels_of(part, generator.classes()), ready.runtime.device,
             [&](int64_t, const torch::Tensor& images) { take(part, images); });
  }
}

// The same, a picture at a time.
void make_pictures(ReadyGenerator& ready, const std::vector<PictureKey>& keys, double truncation,
                   const std::function<void(const PictureKey&, const Image&)>& take) {
  make_batches(ready, keys, truncation,
               [&](const std::vector<PictureKey>& part, const torch::Tensor& images) {
                 const auto pictures = to_images(images, picture_bits(ready.loaded.config));
                 for (size_t i = 0; i < pictures.size(); ++i) {
                   take(part[i], pictures[i]);
                 }
               });
}

// All points in one picture.
Image draw_points(ReadyGenerator& ready, const std::vector<PictureKey>& keys, double truncation) {
  ScatterCanvas canvas;
  make_batches(ready, keys, truncation,
               [&](const std::vector<PictureKey>&, const torch::Tensor& points) {
                 add_points(canvas, points);
               });
  return canvas.take();
}

int run_sample(const SampleArguments& arguments) {
  auto keys = picture_keys(arguments);
  ReadyGenerator ready = open_latent_generator(arguments.generator);
  const bool points = image_geometry(ready.loaded.config.model) == kPointGeometry;
  int64_t columns = 0;
  keys = in_asked_class(std::move(keys), arguments, ready, columns);
  fs::path out = arguments.out;
  if (points && arguments.separate) {
    throw Error(ErrorKind::kUsage,
                "--separate: " + printable(ready.loaded.path.string()) +
                    " makes points of the plane, which are shown in one picture; leave it out");
  }
  if (arguments.separate) {
    out = out.empty() ? kDefaultFolder : out;
    make_folders(out);
    make_pictures(ready, keys, arguments.truncation,
                  [&](const PictureKey& key, const Image& image) {
                    write_png(out / file_name(arguments, key), image);
                  });
  } else {
    out = out.empty() ? kDefaultGrid : out;
    if (points) {
      write_png(out, draw_points(ready, keys, arguments.truncation));
    } else {
      GridCanvas canvas(static_cast<int64_t>(keys.size()), columns);
      make_pictures(ready, keys, arguments.truncation,
                    [&](const PictureKey&, const Image& image) { canvas.add(image); });
      write_png(out, canvas.take());
    }
  }
  std::cout << printable(out.string()) << ": " << format_count(static_cast<int64_t>(keys.size()))
            << (points             ? " points"
                : keys.size() == 1 ? " picture"
                                   : " pictures")
            << ", step " << format_count(ready.loaded.header.step) << "\n";
  return kExitFinished;
}

}  // namespace

Action add_sample(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<SampleArguments>();
  add_generator_options(app, arguments->generator);
  auto* count = app.add_option("--n", arguments->count, "How many pictures")
                    ->type_name("N")
                    ->check(CLI::Range(1, 10'000'000))
                    ->capture_default_str();
  app.add_option("--out", arguments->out, "PNG file of the grid; with --separate a folder")
      ->type_name("FILE|DIR");
  auto* seed = app.add_option("--seed", arguments->seed, "Picture i depends on the seed and i only")
                   ->type_name("S")
                   ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()))
                   ->capture_default_str();
  app.add_option("--seeds", arguments->seeds, "One picture per seed: 0-63, or 1,2,3")
      ->type_name("LIST")
      ->excludes(count)
      ->excludes(seed);
  app.add_option("--class", arguments->label,
                 "Pictures of this class, of a generator with classes; all = the same --n (or "
                 "--seeds) in every class, one row of the grid each; left out: a class drawn for "
                 "each picture")
      ->type_name("K|all");
  app.add_flag("--separate", arguments->separate, "One file per picture instead of a grid");
  add_truncation_option(app, arguments->truncation);
  app.footer(
      "Examples:\n"
      "  gantrain sample --ckpt runs/mnist_dcgan/g.pt --n 64 --out digits.png\n"
      "  gantrain sample --ckpt runs/mnist_cgan/g.pt --class 7 --n 16 --out sevens.png\n"
      "  gantrain sample --ckpt runs/mnist_dcgan --n 10000 --separate --out digits");
  return [arguments] { return run_sample(*arguments); };
}

}  // namespace gantrain
