#include <iostream>
#include <memory>

#include "gantrain/core/text.h"
#include "gantrain/training/export_weights.h"

#include "commands/command.h"

namespace gantrain {
namespace {

struct ExportArguments {
  std::filesystem::path checkpoint;
  std::string weights = "ema";
  std::string network;
  std::string format;
  std::filesystem::path out;
};

int run_export(const ExportArguments& arguments) {
  const ExportedWeights written = export_weights(
      arguments.checkpoint, arguments.weights == "raw" ? WeightChoice::kRaw : WeightChoice::kEma,
      arguments.network, arguments.format == "pt" ? WeightFormat::kPt : WeightFormat::kSafetensors,
      arguments.out);
  std::cout << printable(arguments.out.string()) << ": " << written.network << ", "
            << written.tensors << " tensors, " << format_count(written.values) << " values\n";
  return kExitFinished;
}

}  // namespace

Action add_export(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<ExportArguments>();
  app.add_option("ckpt,--ckpt", arguments->checkpoint,
                 "g.pt, a snapshot, a checkpoint, or a run folder")
      ->type_name("FILE|RUN")
      ->required();
  app.add_option("--format", arguments->format, "pt: a state dict for torch.load; safetensors")
      ->type_name("pt|safetensors")
      ->check(CLI::IsMember({"pt", "safetensors"}))
      ->required();
  app.add_option("--weights", arguments->weights, "The averaged weights, or those as trained")
      ->type_name("ema|raw")
      ->check(CLI::IsMember({"ema", "raw"}))
      ->capture_default_str();
  app.add_option("--network", arguments->network, "Which network; the generator if not given")
      ->type_name("NAME");
  app.add_option("-o,--out", arguments->out, "The file to write")->type_name("FILE")->required();
  app.footer(
      "Example:\n  gantrain export runs/mnist_dcgan/g.pt --format safetensors -o g.safetensors");
  return [arguments] { return run_export(*arguments); };
}

}  // namespace gantrain
