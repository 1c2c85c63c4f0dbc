#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>

#include "gantrain/core/text.h"
#include "gantrain/runtime/memory.h"
#include "gantrain/training/stop.h"
#include "gantrain/training/translate.h"

#include "commands/command.h"
#include "commands/generator_options.h"

namespace gantrain {
namespace {

constexpr uint64_t kUsualMemory = uint64_t{800} << 20;

struct TranslateArguments {
  GeneratorArguments generator;
  TranslateRequest request;
  std::string norms = "picture";
  int64_t seed = 0;
  int64_t memory_mb = 0;
};

uint64_t memory_for_passes(int64_t megabytes) {
  return megabytes > 0 ? static_cast<uint64_t>(megabytes) << 20
                       : std::min(kUsualMemory, available_host_bytes() / 2);
}

int run_translate(TranslateArguments& arguments) {
  TranslateRequest& request = arguments.request;
  install_signal_handlers();
  request.stopped = [] { return stop_signal() != 0; };
  request.running_statistics = arguments.norms == "running";
  request.seed = static_cast<uint64_t>(arguments.seed);
  ReadyGenerator ready = open_generator(arguments.generator);
  request.limits.memory_bytes = memory_for_passes(arguments.memory_mb);
  TranslateSummary done;
  try {
    done = translate(ready.loaded, ready.runtime.device, request);
  } catch (const Stopped&) {
    return kExitSignalBase + stop_signal();
  }
  std::cout << printable(request.out.string()) << ": " << format_count(done.pictures)
            << (done.pictures == 1 ? " picture" : " pictures");
  if (done.in_tiles > 0) {
    std::cout << ", " << format_count(done.in_tiles) << " of them in tiles";
  }
  if (done.skipped > 0) {
    std::cout << ", " << format_count(done.skipped) << " left out";
  }
  std::cout << ", step " << format_count(ready.loaded.header.step) << "\n";
  return done.stopped ? kExitSignalBase + stop_signal() : kExitFinished;
}

}  // namespace

Action add_translate(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<TranslateArguments>();
  TranslateRequest& request = arguments->request;
  add_generator_options(app, arguments->generator);
  app.add_option("--in", request.in, "A picture, or a folder of them and of folders")
      ->type_name("FILE|DIR")
      ->required();
  app.add_option("--out", request.out, "Folder for the results: PNG files of the same names")
      ->type_name("DIR")
      ->required();
  app.add_option("--direction", request.direction, "Which way; not given: as it was trained")
      ->type_name("AtoB|BtoA")
      ->check(CLI::IsMember({"AtoB", "BtoA"}));
  app.add_flag("--compare", request.compare,
               "Also write grids input | output | target, to DIR/compare");
  auto* targets = app.add_option("--targets", request.targets,
                                 "Folder of what should come out, by the same names")
                      ->type_name("DIR");
  app.add_flag(
         "--pairs", request.pairs,
         "The pictures hold A and B side by side: one half is the input, the other the target")
      ->excludes(targets);
  app.add_option("--norm-mode", arguments->norms,
                 "Batch norms of networks trained at batch 1: statistics of each picture (each "
                 "tile), with dropout, as the originals; or the running ones of training, without")
      ->type_name("picture|running")
      ->check(CLI::IsMember({"picture", "running"}))
      ->capture_default_str();
  app.add_option("--seed", arguments->seed, "Of dropout, where it goes on")
      ->type_name("S")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()))
      ->capture_default_str();
  app.add_option("--batch", request.limits.batch, "Most pictures of one size at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--tile", request.limits.tile,
                 "Side of tiles; 0 = whole pictures where the memory allows it")
      ->type_name("PX")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--memory-mb", arguments->memory_mb,
                 "What a pass of the network may take; 0 = 800, or half of what is free")
      ->type_name("MB")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_flag("--skip-bad", request.skip_bad,
               "Leave out pictures that cannot be used, instead of refusing to begin");
  app.footer(
      "Examples:\n"
      "  gantrain translate --ckpt runs/facades_pix2pix/g.pt --in labels --out photos\n"
      "  gantrain translate --ckpt g.pt --in facades/test --pairs --compare --out results\n"
      "Any size goes: pictures are mirrored at their edges to what the network needs and cropped\n"
      "again; large ones go in overlapping tiles. DIR/index.html shows the results.");
  return [arguments] { return run_translate(*arguments); };
}

}  // namespace gantrain
