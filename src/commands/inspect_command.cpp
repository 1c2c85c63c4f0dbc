#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/run_folder.h"
#include "gantrain/core/text.h"
#include "gantrain/training/generator_file.h"

#include "commands/command.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

struct InspectArguments {
  fs::path target;
  bool json = false;
  bool tensors = false;
};

struct NetworkSummary {
  std::string section;  // "networks", "ema"
  std::string name;
  int64_t tensors = 0;
  int64_t values = 0;
  const Value::Dict* entries = nullptr;
};

std::vector<NetworkSummary> summarise(const Value& root) {
  std::vector<NetworkSummary> result;
  for (const char* section : {"networks", "ema"}) {
    const Value* networks = root.find(section);
    if (networks == nullptr || !networks->is<Value::Dict>()) {
      continue;
    }
    for (const auto& [name, entries] : networks->as<Value::Dict>()) {
      NetworkSummary summary{section, name, 0, 0, &entries.as<Value::Dict>()};
      for (const auto& [key, value] : *summary.entries) {
        if (value.is<torch::Tensor>()) {
          ++summary.tensors;
          summary.values += value.as<torch::Tensor>().numel();
        }
      }
      result.push_back(std::move(summary));
    }
  }
  return result;
}

// model.classes of the configuration; 0 where the model has no such key.
int64_t classes_of(const nlohmann::ordered_json& config) {
  const auto model = config.find("model");
  return model == config.end() ? 0 : model->value("classes", int64_t{0});
}

nlohmann::ordered_json parsed_config(const FileHeader& header) {
  return nlohmann::ordered_json::parse(header.config_text, nullptr, true, true);
}

void print_json(const fs::path& path, const FileHeader& header,
                const std::vector<NetworkSummary>& networks) {
  nlohmann::ordered_json answer;
  answer["file"] = path.string();
  answer["kind"] = header.kind;
  answer["format"] = header.format;
  answer["version"] = header.version;
  answer["step"] = header.step;
  answer["images_seen"] = header.images_seen;
  answer["config"] = parsed_config(header);
  answer["classes"] = classes_of(answer["config"]);
  for (const NetworkSummary& network : networks) {
    auto& entry = answer[network.section][network.name];
    entry["values"] = network.values;
    for (const auto& [key, value] : *network.entries) {
      if (value.is<torch::Tensor>()) {
        entry["tensors"][key] = value.as<torch::Tensor>().sizes().vec();
      }
    }
  }
  std::cout << answer.dump(2) << "\n";
}

void print_text(const fs::path& path, const FileHeader& header,
                const std::vector<NetworkSummary>& networks, bool tensors) {
  std::error_code ignored;
  std::cout << printable(path.string()) << ": " << header.kind << " file of gantrain "
            << header.version << ", " << format_bytes(fs::file_size(path, ignored)) << ", intact\n"
            << "step " << format_count(header.step) << ", " << format_count(header.images_seen)
            << " images seen\n";
  if (const int64_t classes = classes_of(parsed_config(header)); classes > 0) {
    std::cout << "classes: " << format_count(classes) << " (0 to " << classes - 1
              << "; sample --class)\n";
  }
  for (const NetworkSummary& network : networks) {
    std::cout << network.section << "." << network.name << ": " << network.tensors << " tensors, "
              << format_count(network.values) << " values\n";
    if (tensors) {
      for (const auto& [key, value] : *network.entries) {
        std::cout << "  " << key << " " << shape_text(value.as<torch::Tensor>().sizes()) << "\n";
      }
    }
  }
  std::cout << "config\n" << header.config_text << "\n";
}

// A run folder stands for its newest checkpoint, or g.pt when there is none.
fs::path file_to_read(const fs::path& target) {
  std::error_code ignored;
  if (!fs::is_directory(target, ignored)) {
    return target;
  }
  const RunFolder folder(target);
  const auto checkpoints = folder.checkpoints_by_step();
  if (!checkpoints.empty()) {
    std::cerr << printable(target.string()) << ": " << checkpoints.size()
              << (checkpoints.size() == 1 ? " checkpoint" : " checkpoints") << "; the newest:\n";
  }
  return checkpoints.empty() ? folder.generator() : checkpoints.back();
}

int run_inspect(const InspectArguments& arguments) {
  const fs::path path = file_to_read(arguments.target);
  const Value root = read_pt_file(path).root;
  const FileHeader header = read_header(root, path);
  const auto networks = summarise(root);
  if (arguments.json) {
    print_json(path, header, networks);
  } else {
    print_text(path, header, networks, arguments.tensors);
  }
  return kExitFinished;
}

}  // namespace

Action add_inspect(CLI::App& app, const CommandLine&) {
  auto arguments = std::make_shared<InspectArguments>();
  app.add_option("target", arguments->target, "A file of gantrain, or a run folder")
      ->type_name("FILE|RUN")
      ->required();
  app.add_flag("--tensors", arguments->tensors, "List every tensor with its shape");
  app.add_flag("--json", arguments->json, "For scripts");
  app.footer("Example:\n  gantrain inspect runs/mnist_dcgan");
  return [arguments] { return run_inspect(*arguments); };
}

}  // namespace gantrain
