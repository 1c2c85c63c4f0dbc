#include "gantrain/commands/command_line.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/core/version.h"

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
      {"inspect", "Say what a checkpoint or a run holds", add_inspect},
      {"config", "Show, check, describe or start a configuration", add_config},
      {"doctor", "Say what this machine and this build can do", add_doctor},
  };
  return list;
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

// What a verb was given beyond its options.
std::string describe_extra(const CLI::App& verb) {
  const std::vector<std::string> extra = verb.remaining();
  const auto option = std::find_if(extra.begin(), extra.end(),
                                   [](const std::string& word) { return word.starts_with("-"); });
  if (option == extra.end()) {
    return "unexpected word" + (extra.empty() ? "" : " \"" + printable(extra.front()) + "\"");
  }
  std::vector<std::string> known;
  for (const CLI::Option* each : verb.get_options()) {
    for (const std::string& name : each->get_lnames()) {
      known.push_back("--" + name);
    }
  }
  const std::string hint = did_you_mean(*option, known);
  return "unknown option \"" + printable(*option) + "\"" + hint;
}

// The innermost verb that was chosen.
const CLI::App& chosen_verb(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : chosen_verb(*chosen.front());
}

int run(int argc, char** argv) {
  CLI::App app("Trains GANs from a JSON configuration, and makes pictures with them.", "gantrain");
  app.set_version_flag("--version", version_line());
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
    const std::string hint = did_you_mean(words[0], names);
    throw Error(ErrorKind::kUsage, "unknown verb \"" + printable(words[0]) + "\"" + hint +
                                       (hint.empty() ? "; the" : " The") + " verbs are " +
                                       join(names, ", ") + "; see gantrain --help");
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
    const auto chosen = app.get_subcommands();
    const bool extra = dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr;
    const std::string what = extra ? describe_extra(chosen_verb(app)) : problem.what();
    throw Error(ErrorKind::kUsage, what + (what.ends_with("?") ? " See" : "; see") + " gantrain " +
                                       (chosen.empty() ? "" : chosen.front()->get_name() + " ") +
                                       "--help");
  }
  return actions.at(app.get_subcommands().front())();
}

}  // namespace

int run_command_line(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& problem) {
    clear_progress();
    log_error(problem.what());
    return problem.exit_code();
  } catch (const std::bad_alloc&) {
    clear_progress();
    log_error("out of memory; a smaller training.batch_size needs less");
    return static_cast<int>(ErrorKind::kMemory);
  } catch (const std::exception& problem) {
    clear_progress();
    std::string first_line = problem.what();
    first_line = first_line.substr(0, first_line.find('\n'));
    log_error("internal error, a bug of gantrain: " + first_line);
    return static_cast<int>(ErrorKind::kInternal);
  }
}

}  // namespace gantrain
