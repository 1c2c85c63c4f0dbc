#include "gantrain/commands/command_line.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/core/version.h"
#include "gantrain/runtime/failure.h"

#include "commands/command.h"

namespace gantrain {
namespace {

struct Verb {
  const char* name;
  const char* help;
  Action (*add)(CLI::App&, const CommandLine&);
};

// Every verb, once, in the order of --help.
const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = {
      {"train", "Train a GAN from a configuration (the verb may be left out)", add_train},
      {"sample", "Make pictures from a checkpoint", add_sample},
      {"interpolate", "Make the pictures between seeds", add_interpolate},
      {"translate", "Turn pictures into pictures", add_translate},
      {"import", "Read weights of another program into a generator file", add_import},
      {"export", "Write weights for other programs", add_export},
      {"inspect", "Say what a checkpoint or a run holds", add_inspect},
      {"dataset", "Scan a data set before training, or pack it into one file", add_dataset},
      {"config", "Show, check, describe or start a configuration", add_config},
      {"doctor", "Say what this machine and this build can do", add_doctor},
  };
  return list;
}

// CLI11 names a verb alone in its usage line; people type the program's name before it.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    const bool is_verb = app->get_parent() != nullptr;
    return is_verb ? "Usage: gantrain " + usage.substr(std::string("Usage: ").size()) : usage;
  }
};

// The options that a verb knows, for "did you mean".
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

// The first word of the command line that looks like an option and is none.
std::string unknown_option(const CLI::App& app) {
  for (const std::string& word : app.remaining(true)) {
    if (word.starts_with("-")) {
      return word;
    }
  }
  return "";
}

// What is wrong with the words. A misspelt option comes before what is missing without it.
std::string problem_with_words(const CLI::App& app, const CLI::ParseError& problem) {
  const auto chosen = app.get_subcommands();
  const CLI::App& where = chosen.empty() ? app : *chosen.front();
  const std::string help =
      "see gantrain " + (chosen.empty() ? "" : where.get_name() + " ") + "--help";
  const std::string option = unknown_option(app);
  if (option.empty()) {
    return std::string(problem.what()) + "; " + help;
  }
  const std::string word = option.substr(0, option.find('='));
  return "unknown option " + printable(word) + did_you_mean(word, option_names(where)) + " (" +
         help + ")";
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    names.emplace_back(verb.name);
  }
  return names;
}

std::string as_typed(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n\"'\\$`*?;&|<>(){}[]#~") == std::string::npos;
    words.push_back(plain ? word : "'" + word + "'");
  }
  return join(words, " ");
}

// "gantrain --config x" trains: options without a verb belong to `train`.
std::vector<std::string> with_verb(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool global =
      !words.empty() && (words[0] == "--help" || words[0] == "-h" || words[0] == "--version");
  if (!words.empty() && words[0].starts_with("-") && !global) {
    words.insert(words.begin(), "train");
  }
  return words;
}

int run(int argc, char** argv) {
  CLI::App app("Trains GANs from a JSON configuration, and makes pictures with them.", "gantrain");
  app.set_version_flag("--version", version_line());
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(0, 1);
  app.footer(
      "Example:\n  gantrain --config configs/mnist_dcgan.json\nHelp on a verb: gantrain VERB "
      "--help");
  const CommandLine line{as_typed(argc, argv)};
  std::map<CLI::App*, Action> actions;
  for (const Verb& verb : verbs()) {
    CLI::App* sub = app.add_subcommand(verb.name, verb.help);
    actions[sub] = verb.add(*sub, line);
  }
  std::vector<std::string> words = with_verb(argc, argv);
  if (words.empty()) {
    std::cerr << app.help();
    return static_cast<int>(ErrorKind::kUsage);
  }
  const auto names = verb_names();
  if (!words[0].starts_with("-") &&
      std::find(names.begin(), names.end(), words[0]) == names.end()) {
    throw Error(ErrorKind::kUsage, "unknown verb \"" + printable(words[0]) + "\"" +
                                       did_you_mean(words[0], names) + " (the verbs are " +
                                       join(names, ", ") + "; see gantrain --help)");
  }
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    std::cout << (chosen.empty() ? &app : chosen.front())->help();
    return kExitFinished;
  } catch (const CLI::CallForVersion&) {
    std::cout << version_line() << "\n";
    return kExitFinished;
  } catch (const CLI::ParseError& problem) {
    throw Error(ErrorKind::kUsage, problem_with_words(app, problem));
  }
  return actions.at(app.get_subcommands().front())();
}

std::string where_the_log_is(const Error& error) {
  const std::filesystem::path path = log_file();
  return error.kind() == ErrorKind::kInternal && !path.empty()
             ? "; the log is in " + printable(path.string())
             : "";
}

}  // namespace

int run_command_line(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    const Error error = explained(problem);
    clear_progress();
    log_error(error.what() + where_the_log_is(error));
    return error.exit_code();
  }
}

}  // namespace gantrain
