#include <iostream>
#include <map>
#include <memory>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"
#include "gantrain/training/run_config.h"

#include "commands/command.h"

namespace gantrain {
namespace {

struct ConfigArguments {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> overrides;
  std::string model = "dcgan";
  std::string data = "idx";
};

void add_files(CLI::App& verb, ConfigArguments& arguments, bool many) {
  auto* files = verb.add_option("files", arguments.files, "Configuration (JSON)")
                    ->type_name("FILE")
                    ->required();
  files->expected(1, many ? 100000 : 1);
  verb.add_option("--set", arguments.overrides,
                  "Override a key: training.batch_size=32 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

int check(const ConfigArguments& arguments) {
  for (const auto& file : arguments.files) {
    load_run_config(file, arguments.overrides);
    std::cout << printable(file.string()) << ": ok\n";
  }
  return kExitFinished;
}

int run_config_verb(CLI::App& app, const ConfigArguments& arguments) {
  const std::string verb = app.get_subcommands().front()->get_name();
  if (verb == "check") {
    return check(arguments);
  }
  if (verb == "show") {
    std::cout << load_run_config(arguments.files.front(), arguments.overrides).config.to_json();
  } else if (verb == "schema") {
    std::cout << config_json_schema(run_schema()) << "\n";
  } else if (verb == "reference") {
    std::cout << config_reference(run_schema());
  } else {
    std::cout << starter_config(run_schema(),
                                {{"model", arguments.model}, {"data", arguments.data}});
  }
  return kExitFinished;
}

}  // namespace

Action add_config(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<ConfigArguments>();
  app.require_subcommand(1);
  auto* show = app.add_subcommand("show", "Print a configuration with every default");
  add_files(*show, *arguments, false);
  auto* check = app.add_subcommand("check", "Say whether configurations are right");
  add_files(*check, *arguments, true);
  app.add_subcommand("schema", "Print the JSON Schema, for editors and validators");
  app.add_subcommand("reference", "Print every key as Markdown tables");
  auto* init = app.add_subcommand("init", "Print a commented configuration to start from");
  init->add_option("--model", arguments->model, "Its model.type")
      ->type_name("TYPE")
      ->capture_default_str();
  init->add_option("--data", arguments->data, "Its data.type")
      ->type_name("TYPE")
      ->capture_default_str();
  app.footer("Examples:\n  gantrain config check my.json\n  gantrain config init > my.json");
  return [&app, arguments] { return run_config_verb(app, *arguments); };
}

}  // namespace gantrain
