#include "gantrain/core/version.h"

#include "generated/version_source.h"
#include "generated/version_values.h"

namespace gantrain {

std::string version() {
  return GANTRAIN_VERSION;
}

std::string source_description() {
  return GANTRAIN_SOURCE_DESCRIPTION;
}

std::string compiler_description() {
  return GANTRAIN_COMPILER;
}

std::string build_type() {
  return GANTRAIN_BUILD_TYPE;
}

std::string version_line() {
  std::string line = "gantrain " + version() + " (";
  for (const std::string& part : {source_description(), compiler_description(), build_type()}) {
    if (!part.empty()) {
      line += (line.back() == '(' ? "" : ", ") + part;
    }
  }
  return line + ")";
}

}  // namespace gantrain
