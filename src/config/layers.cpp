#include "config/layers.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "gantrain/config/config.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"

#include "config/json_reader.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestChain = 16;
constexpr int kOverrideLayer = 1;  // a file is layer 0, its base -1, the base of that -2

// Arrays and plain values replace, objects merge.
void merge(JsonNode& under, JsonNode over) {
  if (under.kind != JsonNode::Kind::kObject || over.kind != JsonNode::Kind::kObject) {
    under = std::move(over);
    return;
  }
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < under.members.size(); ++i) {
    index.emplace(under.members[i].key, i);
  }
  if (!over.place.is_override()) {
    under.place = over.place;
  }
  for (JsonMember& member : over.members) {
    const auto found = index.find(member.key);
    if (found == index.end()) {
      under.members.push_back(std::move(member));
    } else {
      under.members[found->second].key_place = member.key_place;
      merge(under.members[found->second].value, std::move(member.value));
    }
  }
}

void check_format(const JsonNode& format) {
  const std::string reads =
      kConfigFormat == 1 ? "format 1" : "formats 1 to " + std::to_string(kConfigFormat);
  int64_t number = 0;
  const char* last = format.text.data() + format.text.size();
  const auto [end, status] = std::from_chars(format.text.data(), last, number);
  if (format.kind != JsonNode::Kind::kNumber || status != std::errc() || end != last ||
      number < 1) {
    throw config_error(format.place, "format",
                       "not a format (got " + json_short(format) + ", expected " +
                           std::to_string(kConfigFormat) + ")");
  }
  if (number > kConfigFormat) {
    throw config_error(format.place, "format",
                       "written for a newer gantrain (got format " + format.text +
                           ", this one reads " + reads + "). Update gantrain");
  }
}

// Takes a member out of the root. False when there is none.
bool take_member(JsonNode& root, const std::string& key, JsonNode& value) {
  const auto found = std::find_if(root.members.begin(), root.members.end(),
                                  [&](const JsonMember& member) { return member.key == key; });
  if (found == root.members.end()) {
    return false;
  }
  value = std::move(found->value);
  root.members.erase(found);
  return true;
}

// Parses one file and checks what stands in every file. Returns the "extends" node, or null.
JsonNode parse_root(const std::string& text, const std::shared_ptr<const JsonSource>& source,
                    JsonNode& root) {
  root = read_json(text, source);
  if (root.kind != JsonNode::Kind::kObject) {
    throw config_error(root.place, "", "expected an object, got " + json_short(root));
  }
  JsonNode taken;
  if (take_member(root, "format", taken)) {
    check_format(taken);
  }
  if (take_member(root, "$schema", taken) && taken.kind != JsonNode::Kind::kText) {
    throw config_error(taken.place, "$schema",
                       "wrong type (got " + json_short(taken) + ", expected a text)");
  }
  JsonNode extends;
  if (take_member(root, "extends", extends) &&
      (extends.kind != JsonNode::Kind::kText || extends.text.empty())) {
    throw config_error(extends.place, "extends",
                       "wrong type (got " + json_short(extends) +
                           ", expected the path of a file, relative to this one)");
  }
  return extends;
}

std::string cycle_text(const std::vector<fs::path>& chain, const fs::path& again) {
  std::string text;
  for (const fs::path& file : chain) {
    text += printable(file.filename().string()) + " extends ";
  }
  return text + printable(again.filename().string());
}

LayeredConfig read_chain(const fs::path& file, std::vector<fs::path>& chain) {
  const int depth = static_cast<int>(chain.size());
  auto source = std::make_shared<JsonSource>();
  source->name = printable(file.string());
  source->folder = file.parent_path();
  source->kind = depth == 0 ? JsonSource::Kind::kFile : JsonSource::Kind::kBase;
  source->layer = -depth;
  LayeredConfig config;
  config.source = source;
  const std::string text = read_file(file, ErrorKind::kConfig, kLargestConfig);
  const JsonNode extends = parse_root(text, config.source, config.root);
  chain.push_back(file);
  if (extends.kind == JsonNode::Kind::kNull) {
    return config;
  }
  const fs::path base = (file.parent_path() / extends.text).lexically_normal();
  for (const fs::path& earlier : chain) {
    std::error_code ignored;
    if (fs::equivalent(earlier, base, ignored)) {
      throw config_error(extends.place, "extends",
                         "goes round in a circle (" + cycle_text(chain, base) + ")");
    }
  }
  if (depth + 1 == kLongestChain) {
    throw config_error(extends.place, "extends",
                       "a chain of more than " + std::to_string(kLongestChain) + " files");
  }
  const size_t own = chain.size();
  LayeredConfig layers;
  try {
    layers = read_chain(base, chain);
  } catch (const Error& error) {
    // A base that cannot be opened: say who asked for it.
    if (chain.size() == own &&
        std::string_view(error.what()).find(": no such file") != std::string_view::npos) {
      throw config_error(extends.place, "extends", error.what());
    }
    throw;
  }
  merge(layers.root, std::move(config.root));
  return {std::move(layers.root), config.source};
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  for (size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
    parts.emplace_back(key.substr(0, dot));
    key.remove_prefix(dot + 1);
  }
  parts.emplace_back(key);
  return parts;
}

}  // namespace

LayeredConfig read_config_layers(const fs::path& file) {
  std::vector<fs::path> chain;
  return read_chain(file, chain);
}

LayeredConfig read_config_text(const std::string& text, const std::string& name) {
  auto source = std::make_shared<JsonSource>();
  source->name = printable(name);
  LayeredConfig config;
  config.source = source;
  const JsonNode extends = parse_root(text, config.source, config.root);
  if (extends.kind != JsonNode::Kind::kNull) {
    throw config_error(extends.place, "extends", "not allowed here: this text is no file");
  }
  return config;
}

void apply_override(LayeredConfig& config, const std::string& assignment) {
  auto source = std::make_shared<JsonSource>();
  source->name = "--set " + printable(assignment.substr(0, 200));
  source->kind = JsonSource::Kind::kOverride;
  source->layer = kOverrideLayer;
  const JsonPlace place = {source, 0, 0};
  const size_t equals = assignment.find('=');
  const std::vector<std::string> keys = split_key(assignment.substr(0, equals));
  const bool empty_key = std::find(keys.begin(), keys.end(), "") != keys.end();
  if (equals == std::string::npos || empty_key || keys.size() > kDeepestConfig) {
    throw config_error(place, "", "expected key.path=value, such as model.latent_dim=64");
  }
  if (assignment.size() > kLargestConfig || first_invalid_utf8(assignment) != std::string::npos ||
      assignment.find('\0') != std::string::npos) {
    throw config_error(place, "", "not UTF-8, with a zero byte, or larger than 1 MiB");
  }
  if (keys.size() == 1 && (keys[0] == "format" || keys[0] == "extends" || keys[0] == "$schema")) {
    throw config_error(place, "", "\"" + keys[0] + "\" stands in files only");
  }
  JsonNode tree;
  tree.kind = JsonNode::Kind::kOverride;
  tree.text = assignment.substr(equals + 1);
  tree.place = place;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    JsonNode object = JsonNode::object();
    object.place = place;
    object.members.push_back({*key, place, std::move(tree)});
    tree = std::move(object);
  }
  merge(config.root, std::move(tree));
}

}  // namespace gantrain
