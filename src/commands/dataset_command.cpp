#include <iostream>
#include <memory>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/data/registry.h"
#include "gantrain/data/scan.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/training/pictures.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/stop.h"

#include "commands/command.h"

namespace gantrain {
namespace {

constexpr int64_t kPreviewImages = 64;
constexpr int64_t kPairColumns = 8;

struct DatasetArguments {
  std::filesystem::path path;
  std::string type;
  std::filesystem::path config;
  std::vector<std::string> overrides;
  int64_t resolution = 0;
  bool full = false;
  bool json = false;
  std::filesystem::path preview;
  std::filesystem::path out;
};

bool stopped() {
  return stop_signal() != 0;
}

// The data set that the command line names: by a configuration, or by a path and its type.
ScanRequest request_of(const DatasetArguments& arguments) {
  ScanRequest request;
  request.stopped = stopped;
  request.resolution = arguments.resolution;
  if (!arguments.config.empty()) {
    std::vector<std::string> overrides = arguments.overrides;
    if (!arguments.path.empty()) {
      overrides.insert(overrides.begin(), "data.path=" + arguments.path.string());
    }
    const RunConfig config = load_run_config(arguments.config, overrides);
    request.type = config.data.type;
    request.options = config.data.options;
    request.geometry = image_geometry(config.model);
    return request;
  }
  if (arguments.path.empty()) {
    throw Error(ErrorKind::kUsage, "no data set: give a PATH, or --config FILE.");
  }
  request.type = arguments.type.empty() ? guess_dataset_type(arguments.path) : arguments.type;
  request.options = default_dataset_options(request.type, arguments.path);
  return request;
}

// A grid of images; inputs stand left of the images that they belong to.
void write_preview(const HostBatch& batch, const std::filesystem::path& path) {
  const auto pictures = [](const torch::Tensor& pixels) {
    torch::Tensor images = torch::empty(pixels.sizes());
    to_unit_range(pixels, images);
    return to_images(images);
  };
  std::vector<Image> tiles = pictures(batch.images);
  int64_t columns = 0;
  if (batch.inputs.defined()) {
    const std::vector<Image> inputs = pictures(batch.inputs);
    const std::vector<Image> images = std::move(tiles);
    tiles.clear();
    for (size_t i = 0; i < images.size(); ++i) {
      tiles.push_back(inputs[i]);
      tiles.push_back(images[i]);
    }
    columns = kPairColumns;
  }
  write_png(path, make_grid(tiles, columns));
}

int scan(const DatasetArguments& arguments) {
  ScanRequest request = request_of(arguments);
  request.full = arguments.full;
  request.preview_images = arguments.preview.empty() ? 0 : kPreviewImages;
  const ScanResult result = scan_dataset(request);
  std::cout << (arguments.json ? result.json : result.text) << std::flush;
  if (result.preview) {
    write_preview(*result.preview, arguments.preview);
    log_info("preview: " + printable(arguments.preview.string()));
  }
  return result.all_usable ? kExitFinished : static_cast<int>(ErrorKind::kData);
}

int pack(const DatasetArguments& arguments) {
  ScanRequest request = request_of(arguments);
  ImageGeometry geometry = request.geometry.value_or(ImageGeometry{});
  if (!request.geometry) {
    const ScanResult found = scan_dataset(request);
    if (!found.one_size && arguments.resolution == 0) {
      throw Error(ErrorKind::kUsage, printable(arguments.path.string()) +
                                         ": its images have different sizes; say which one the "
                                         "zip should have with --resolution or --config.");
    }
    geometry = found.geometry;
    set_dataset_option(request.type, "bit_depth", int64_t{found.bits}, request.options);
  }
  const auto dataset =
      open_dataset(request.type, request.options, geometry_of_type(request.type, geometry),
                   "gantrain dataset pack", {{}, stopped});
  const PackSummary summary = pack_dataset(*dataset, arguments.out, stopped);
  std::cout << printable(arguments.out.string()) << ": " << format_count(summary.images)
            << " images, " << format_bytes(summary.bytes) << "\n";
  return kExitFinished;
}

void add_source(CLI::App& verb, DatasetArguments& arguments) {
  verb.add_option("path", arguments.path, "Folder, zip file or IDX file")->type_name("PATH");
  verb.add_option("--type", arguments.type, "Its data.type; guessed when not given")
      ->type_name("TYPE");
  auto* config =
      verb.add_option("--config", arguments.config, "Take data and model of a configuration")
          ->type_name("FILE")
          ->excludes("--type");
  verb.add_option("--set", arguments.overrides, "Override a key of --config (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--resolution", arguments.resolution, "Side of the square images to make")
      ->type_name("N")
      ->check(CLI::Range(1, 16'384))
      ->excludes(config);
}

int run_dataset(const CLI::App& app, const DatasetArguments& arguments) {
  install_signal_handlers();
  try {
    return app.get_subcommands().front()->get_name() == "scan" ? scan(arguments) : pack(arguments);
  } catch (const Stopped&) {
    return kExitSignalBase + stop_signal();
  }
}

}  // namespace

Action add_dataset(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<DatasetArguments>();
  app.require_subcommand(1);
  auto* scan_verb =
      app.add_subcommand("scan", "Say what a data set holds, and what is wrong with it");
  add_source(*scan_verb, *arguments);
  scan_verb->add_flag("--full", arguments->full, "Decode every image, not only its header");
  scan_verb->add_flag("--json", arguments->json, "For scripts");
  scan_verb->add_option("--preview", arguments->preview, "Write a grid of images to this PNG file")
      ->type_name("FILE");
  scan_verb->footer("Example:\n  gantrain dataset scan photos --full");
  auto* pack_verb = app.add_subcommand("pack", "Write a data set as one zip file");
  add_source(*pack_verb, *arguments);
  pack_verb->add_option("--out", arguments->out, "The zip file")->type_name("FILE")->required();
  pack_verb->footer("Example:\n  gantrain dataset pack photos --resolution 64 --out photos.zip");
  app.footer("Example:\n  gantrain dataset scan photos --full --preview photos.png");
  return [&app, arguments] { return run_dataset(app, *arguments); };
}

}  // namespace gantrain
