#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantrain {

// Exit codes that are no errors.
inline constexpr int kExitFinished = 0;
inline constexpr int kExitOutOfTime = 75;    // stopped by --max-time, resumable
inline constexpr int kExitSignalBase = 128;  // + number of the signal

// A verb: adds its options to `app` and returns what runs once they are parsed. Each add_* function
// stands in the verb's own file; command_line.cpp lists them.
using Action = std::function<int()>;

struct CommandLine {
  std::string text;  // as typed, for command.txt
};

Action add_train(CLI::App& app, const CommandLine& line);
Action add_sample(CLI::App& app, const CommandLine& line);
Action add_interpolate(CLI::App& app, const CommandLine& line);
Action add_translate(CLI::App& app, const CommandLine& line);
Action add_import(CLI::App& app, const CommandLine& line);
Action add_export(CLI::App& app, const CommandLine& line);
Action add_inspect(CLI::App& app, const CommandLine& line);
Action add_dataset(CLI::App& app, const CommandLine& line);
Action add_config(CLI::App& app, const CommandLine& line);
Action add_doctor(CLI::App& app, const CommandLine& line);

}  // namespace gantrain
