#include "training/freeze.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

std::vector<std::string> parameter_names(const GanModel& model) {
  std::vector<std::string> names;
  for (const auto& network : model.networks()) {
    for (const auto& parameter : network.value()->named_parameters()) {
      names.push_back(network.key() + "." + parameter.key());
    }
  }
  return names;
}

void check_pattern(const std::string& pattern, const std::vector<std::string>& names,
                   const std::string& where) {
  if (std::none_of(names.begin(), names.end(),
                   [&](const std::string& name) { return fits_pattern(name, pattern); })) {
    throw Error(ErrorKind::kConfig,
                where + ": \"" + printable(pattern) + "\" fits no parameter of the model" +
                    did_you_mean(pattern, names) + " (they are called " + names.front() + " to " +
                    names.back() + "; * stands for any characters)");
  }
}

bool moves_nothing(GanModel& model, const Phase& phase) {
  for (const std::string& network : phase.networks) {
    for (const torch::Tensor& parameter : model.networks()[network]->parameters()) {
      if (parameter.requires_grad()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

bool fits_pattern(const std::string& name, const std::string& pattern) {
  size_t n = 0, p = 0;
  size_t star = std::string::npos, retry = 0;  // the last *, and where what it stands for ends
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string::npos;
}

std::vector<std::string> freeze_parameters(GanModel& model,
                                           const std::vector<std::string>& patterns,
                                           const std::string& where) {
  std::vector<std::string> frozen;
  if (patterns.empty()) {
    return frozen;
  }
  const std::vector<std::string> names = parameter_names(model);
  for (const std::string& pattern : patterns) {
    check_pattern(pattern, names, where);
  }
  for (const auto& network : model.networks()) {
    for (auto& parameter : network.value()->named_parameters()) {
      const std::string name = network.key() + "." + parameter.key();
      if (std::any_of(patterns.begin(), patterns.end(),
                      [&](const std::string& pattern) { return fits_pattern(name, pattern); })) {
        parameter.value().requires_grad_(false);
        frozen.push_back(name);
      }
    }
  }
  for (const Phase& phase : model.phases(0)) {
    if (moves_nothing(model, phase)) {
      throw Error(ErrorKind::kConfig, where + ": all of " + join(phase.networks, " and ") +
                                          " is frozen, so the phase \"" + phase.name +
                                          "\" would move nothing");
    }
  }
  return frozen;
}

}  // namespace gantrain
