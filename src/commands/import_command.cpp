#include <iostream>
#include <memory>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/training/import_weights.h"

#include "commands/command.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

struct ImportArguments {
  std::vector<std::string> files;
  fs::path config;
  std::vector<std::string> overrides;
  std::string place;
  fs::path out;
};

// "FILE", or "NETWORK=FILE" where no file has that whole name.
ImportSource source_of(const std::string& word, const std::string& place) {
  const size_t equals = word.find('=');
  std::error_code ignored;
  if (equals == std::string::npos || fs::exists(word, ignored)) {
    return {"", word, place};
  }
  return {word.substr(0, equals), word.substr(equals + 1), place};
}

void print(const ImportedNetwork& imported) {
  const WeightMatch& match = imported.match;
  const ForeignWeights& weights = imported.weights;
  std::cout << printable(imported.file.string()) << (weights.place.empty() ? "" : ": ")
            << printable(weights.place) << " -> " << imported.network << ": " << match.pairs.size()
            << " tensors by " << (match.by_name ? "name" : "order and shape") << "\n";
  if (!weights.others.empty()) {
    std::cout << "  not taken: other weights in the file, at "
              << printable(join(weights.others, ", ")) << " (see --from)\n";
  }
  if (!weights.prefix.empty()) {
    std::cout << "  taken off every name: " << printable(weights.prefix) << "\n";
  }
  if (!match.by_name) {
    for (const WeightMatch::Pair& pair : match.pairs) {
      std::cout << "  " << printable(pair.from) << " -> " << pair.to << " "
                << shape_text(pair.tensor.sizes()) << "\n";
    }
  }
  if (!match.dropped.empty()) {
    std::cout << "  dropped: " << match.dropped.size()
              << " statistics of norms that this network does not keep\n";
  }
  if (!match.kept.empty()) {
    std::cout << "  not in the file, left at 0: " << match.kept.size() << " counters of norms\n";
  }
}

int run_import(const ImportArguments& arguments) {
  const RunConfig config = load_run_config(arguments.config, arguments.overrides);
  std::vector<ImportSource> sources;
  for (const std::string& word : arguments.files) {
    sources.push_back(source_of(word, arguments.place));
  }
  for (const ImportedNetwork& imported : import_weights(sources, config, arguments.out)) {
    print(imported);
  }
  std::cout << printable(arguments.out.string()) << ": written\n";
  return kExitFinished;
}

}  // namespace

Action add_import(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<ImportArguments>();
  app.add_option("files", arguments->files,
                 "What torch.save wrote; NETWORK=FILE for a model with several generators")
      ->type_name("FILE")
      ->required();
  app.add_option("--config", arguments->config, "The configuration whose network it is")
      ->type_name("FILE")
      ->required();
  app.add_option("--set", arguments->overrides, "Override a key of --config (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--from", arguments->place, "Where in the file the weights stand: netG, model.g")
      ->type_name("PLACE");
  app.add_option("-o,--out", arguments->out, "The generator file to write")
      ->type_name("FILE")
      ->required();
  app.footer(
      "Examples:\n"
      "  gantrain import netG.pth --config configs/mnist_dcgan_64.json -o g.pt\n"
      "  gantrain import g_ab=latest_net_G_A.pth g_ba=latest_net_G_B.pth --config c.json -o g.pt\n"
      "Weights are matched by name, else by order and shape; whatever does not fit is listed, and\n"
      "nothing is written.");
  return [arguments] { return run_import(*arguments); };
}

}  // namespace gantrain
