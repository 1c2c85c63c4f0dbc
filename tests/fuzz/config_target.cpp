#include "fuzz/config_target.h"

#include <cstdlib>
#include <string>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"

#include "config/made_up_schema.h"

namespace gantrain {

void fuzz_config(std::string_view bytes) {
  const size_t end = bytes.find('\0');
  Config config;
  try {
    config = parse_config(std::string(bytes.substr(0, end)), "fuzz.json", made_up_schema());
    if (end != std::string_view::npos) {
      override_config(config, {std::string(bytes.substr(end + 1))});
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kConfig) {
      std::abort();
    }
    return;
  }
  const std::string text = config.to_json();
  const Config again = parse_config(text, "again.json", made_up_schema());
  if (again.to_json() != text || !compare_configs(config, again).empty()) {
    std::abort();
  }
}

}  // namespace gantrain
