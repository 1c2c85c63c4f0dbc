#include "gantrain/archive/foreign_weights.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

// What weights are called in files, the likeliest first: averages, generators, anything.
constexpr std::array<std::string_view, 5> kAverages = {"params_ema", "g_ema", "G_ema",
                                                       "generator_ema", "ema"};
constexpr std::array<std::string_view, 10> kGenerators = {
    "generator",       "netG",        "net_g", "net_G", "G", "g", "gen", "generator_state_dict",
    "netG_state_dict", "G_state_dict"};
constexpr std::array<std::string_view, 6> kGeneral = {"params", "state_dict", "model_state_dict",
                                                      "model",  "weights",    "net"};
constexpr std::array<std::string_view, 2> kPrefixes = {"module.", "_orig_mod."};

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A dictionary of tensors, at least one of which may be a layer's weight.
bool is_state_dict(const Value::Dict& dict) {
  return std::any_of(dict.begin(), dict.end(), [](const auto& entry) {
    return entry.second.template is<torch::Tensor>() &&
           entry.second.template as<torch::Tensor>().dim() >= 2;
  });
}

Value::Dict tensors_of(const Value::Dict& dict) {
  Value::Dict tensors;
  for (const auto& [key, value] : dict) {
    if (value.is<torch::Tensor>()) {
      tensors.emplace_back(key, value);
    }
  }
  return tensors;
}

// Takes `prefix` off every key; the entries without it are left out.
Value::Dict below(const Value::Dict& tensors, std::string_view prefix) {
  Value::Dict result;
  for (const auto& [key, value] : tensors) {
    if (key.starts_with(prefix)) {
      result.emplace_back(key.substr(prefix.size()), value);
    }
  }
  return result;
}

std::string strip_prefixes(Value::Dict& tensors) {
  std::string stripped;
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : kPrefixes) {
      Value::Dict shorter = below(tensors, prefix);
      if (!tensors.empty() && shorter.size() == tensors.size()) {
        tensors = std::move(shorter);
        stripped += prefix;
        again = true;
      }
    }
  }
  return stripped;
}

std::string last_part(const std::string& place) {
  return place.substr(place.rfind('.') + 1);
}

class Finder {
 public:
  void look_into(const Value& value, const std::string& place) {
    if (!value.is<Value::Dict>()) {
      return;
    }
    const auto& dict = value.as<Value::Dict>();
    if (is_state_dict(dict)) {
      add(place, tensors_of(dict));
    }
    for (const auto& [key, entry] : dict) {
      const bool of_optimizer = key.find("optim") != std::string::npos;
      if (!of_optimizer) {
        look_into(entry, place.empty() ? key : place + "." + key);
      }
    }
  }

  std::vector<ForeignWeights> found;

 private:
  void add(const std::string& place, Value::Dict tensors) {
    ForeignWeights weights{place, strip_prefixes(tensors), std::move(tensors), {}};
    // One module that holds both networks: "netG.main.0.weight", "netD.main.0.weight".
    for (const std::string_view name : kGenerators) {
      Value::Dict part = below(weights.tensors, std::string(name) + ".");
      if (is_state_dict(part) && part.size() < weights.tensors.size()) {
        found.push_back({place.empty() ? std::string(name) : place + "." + std::string(name),
                         weights.prefix + std::string(name) + ".",
                         std::move(part),
                         {}});
      }
    }
    found.push_back(std::move(weights));
  }
};

std::string places_text(const std::vector<ForeignWeights>& found) {
  std::vector<std::string> words;
  for (const ForeignWeights& weights : found) {
    std::string word = "the top";
    if (!weights.place.empty()) {
      word = "\"";
      word += printable(weights.place) + "\"";
    }
    words.push_back(word + " (" + std::to_string(weights.tensors.size()) + " tensors)");
  }
  return join(words, ", ");
}

// The smaller, the likelier.
size_t unlikeliness(const ForeignWeights& weights) {
  const std::string name = last_part(weights.place);
  return contains(kAverages, name)     ? 0
         : contains(kGenerators, name) ? 1
         : contains(kGeneral, name)    ? 2
                                       : 3;
}

size_t choose(const std::vector<ForeignWeights>& found, const std::string& chosen,
              const std::string& where) {
  if (found.empty()) {
    throw Error(ErrorKind::kCheckpoint,
                where + ": holds no weights (no dictionary of tensors was found)");
  }
  if (!chosen.empty()) {
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i].place == chosen) {
        return i;
      }
    }
    throw Error(ErrorKind::kCheckpoint, where + ": holds no weights at \"" + printable(chosen) +
                                            "\"; there are some at " + places_text(found));
  }
  const auto less = [](const ForeignWeights& a, const ForeignWeights& b) {
    return unlikeliness(a) < unlikeliness(b);
  };
  const auto best = std::min_element(found.begin(), found.end(), less);
  const auto equals = std::count_if(found.begin(), found.end(), [&](const ForeignWeights& other) {
    return unlikeliness(other) == unlikeliness(*best);
  });
  if (equals > 1) {
    throw Error(ErrorKind::kCheckpoint, where + ": holds the weights of several networks, at " +
                                            places_text(found) + "; say which with --from");
  }
  return static_cast<size_t>(best - found.begin());
}

}  // namespace

ForeignWeights find_foreign_weights(const Value& root, const std::string& chosen,
                                    const std::string& where) {
  Finder finder;
  finder.look_into(root, "");
  const size_t index = choose(finder.found, chosen, where);
  ForeignWeights result = std::move(finder.found[index]);
  for (size_t i = 0; i < finder.found.size(); ++i) {
    if (i != index) {
      result.others.push_back(finder.found[i].place);
    }
  }
  return result;
}

}  // namespace gantrain
