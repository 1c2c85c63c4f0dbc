#include "training/metrics_log.h"

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"

namespace gantrain {

double MetricsLog::cut_back(int64_t step) {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    return 0;
  }
  double seconds = 0;
  std::ifstream input(path_, std::ios::binary);
  std::string kept;
  bool dropped = false;
  for (std::string line; std::getline(input, line);) {
    const bool torn = input.eof();
    const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (torn || !object.is_object() || !object.contains("step") ||
        !object["step"].is_number_integer() || object["step"].get<int64_t>() > step) {
      dropped = true;
      continue;
    }
    kept += line + "\n";
    const auto trained = object.find(kTrainedSeconds);
    seconds = trained != object.end() && trained->is_number() ? trained->get<double>() : seconds;
  }
  input.close();
  if (dropped) {
    write_file_atomically(path_, kept);
  }
  return seconds;
}

void MetricsLog::write(int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  nlohmann::ordered_json object;
  object["step"] = step;
  for (const auto& [name, value] : values) {
    if (std::isfinite(value)) {
      object[name] = value;
    } else {
      object[name] = nullptr;
    }
  }
  try {
    append_line(path_, object.dump());
  } catch (const Error& problem) {
    if (!warned_) {
      log_warning(std::string(problem.what()) + "; training goes on without metrics");
      warned_ = true;
    }
  }
}

}  // namespace gantrain
