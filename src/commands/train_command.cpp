#include <iostream>
#include <memory>

#include "gantrain/core/error.h"
#include "gantrain/core/length.h"
#include "gantrain/core/text.h"
#include "gantrain/runtime/memory.h"
#include "gantrain/training/stop.h"
#include "gantrain/training/train.h"

#include "commands/command.h"

namespace gantrain {
namespace {

struct TrainArguments {
  TrainRequest request;
  std::string data;
  std::string name;
  int64_t epochs = 0;
  std::string max_time;
  bool dry_run = false;
};

TrainRequest complete(const TrainArguments& arguments) {
  TrainRequest request = arguments.request;
  std::vector<std::string> shorthands;
  if (!arguments.data.empty()) {
    shorthands.push_back("data.path=" + arguments.data);
  }
  if (!arguments.name.empty()) {
    shorthands.push_back("name=" + arguments.name);
  }
  if (arguments.epochs > 0) {
    shorthands.push_back("training.length=" + std::to_string(arguments.epochs) + " epochs");
  }
  request.overrides.insert(request.overrides.begin(), shorthands.begin(), shorthands.end());
  if (!arguments.max_time.empty()) {
    request.max_seconds = parse_length(arguments.max_time).amount;
  }
  return request;
}

void print(const DryRunReport& report) {
  std::cout << "model    " << report.model << "\n";
  for (const auto& [name, count] : report.parameters) {
    std::cout << "         " << name << ": " << format_count(count) << " parameters\n";
  }
  std::cout << "data     " << report.data << "\n";
  std::cout << "runtime  " << report.runtime << "\n";
  std::cout << "memory   " << format_bytes(report.memory_bytes);
  if (report.device_bytes > 0) {
    std::cout << ", " << format_bytes(report.device_bytes) << " on the device";
  }
  std::cout << "\nstep     " << format_duration(report.seconds_per_step) << "\n";
  if (report.steps > 0) {
    std::cout << "run      " << format_count(report.steps) << " steps, about "
              << format_duration(report.seconds_per_step * static_cast<double>(report.steps))
              << "\n";
  }
  std::cout << "first    ";
  for (const auto& [name, value] : report.losses) {
    std::cout << name << " " << format_number(value) << "  ";
  }
  std::cout << "\n";
}

int run_train(const TrainArguments& arguments) {
  const TrainRequest request = complete(arguments);
  keep_freed_memory();
  if (arguments.dry_run) {
    print(dry_run(request));
    return kExitFinished;
  }
  install_signal_handlers();
  const StopReason reason = train(request);
  if (stop_signal() != 0) {
    return kExitSignalBase + stop_signal();
  }
  return reason == StopReason::kMaxTime ? kExitOutOfTime : kExitFinished;
}

}  // namespace

Action add_train(CLI::App& app, const CommandLine& line) {
  auto arguments = std::make_shared<TrainArguments>();
  TrainRequest& request = arguments->request;
  request.command_line = line.text;
  auto* config =
      app.add_option("--config", request.config, "Configuration (JSON)")->type_name("FILE");
  app.add_option("--set", request.overrides, "Override a key: training.batch_size=32 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--data", arguments->data, "Short for --set data.path=PATH")->type_name("PATH");
  app.add_option("--name", arguments->name, "Name of the run's folder under runs/")
      ->type_name("NAME");
  app.add_option("--epochs", arguments->epochs, "Short for --set training.length=\"N epochs\"")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--run-dir", request.run_dir, "Run folder; default runs/NAME")->type_name("DIR");
  auto* resume = app.add_option("--resume", request.resume,
                                "Go on from a run folder, a checkpoint, or \"latest\"")
                     ->type_name("RUN|FILE|latest");
  app.add_flag("--fresh", request.fresh, "Start a new numbered run folder whatever is there")
      ->excludes(resume);
  app.add_flag("--dry-run", arguments->dry_run,
               "Build everything, run a few steps, print what a run needs, leave nothing behind");
  app.add_flag("--overfit-batch", request.overfit_batch,
               "Train on one batch again and again (debugging)");
  app.add_option("--max-time", arguments->max_time,
                 "Stop, saved, after this time: 3h50m, \"10 min\"")
      ->type_name("TIME")
      ->check([](const std::string& text) {
        try {
          return parse_length(text).unit == LengthUnit::kSeconds
                     ? std::string()
                     : "must be a time such as 3h50m, got " + text;
        } catch (const std::invalid_argument& problem) {
          return std::string(problem.what());
        }
      });
  app.footer(
      "Example:\n  gantrain --config configs/mnist_dcgan.json --set training.batch_size=128");
  return [arguments, config, resume] {
    if (config->count() == 0 && resume->count() == 0) {
      throw Error(ErrorKind::kUsage,
                  "nothing to train: give --config FILE, or --resume RUN; see gantrain train "
                  "--help");
    }
    return run_train(*arguments);
  };
}

}  // namespace gantrain
