#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace gantrain {

// Where the large data sets lie that are no part of the project: $GANTRAIN_SHARED_DATA, else
// shared/data beside the source folder.
inline std::filesystem::path shared_data(const std::string& name) {
  const char* given = std::getenv("GANTRAIN_SHARED_DATA");
  const std::filesystem::path root =
      given != nullptr ? given
                       : std::filesystem::path(GANTRAIN_SOURCE_DIR) / ".." / "shared" / "data";
  return root / name;
}

// Skips the test, visibly, when the set is not there.
#define GANTRAIN_NEEDS_SHARED_DATA(path)                                  \
  if (!std::filesystem::exists(path)) {                                   \
    GTEST_SKIP() << "shared data: " << (path).string() << " is not here"; \
  }

}  // namespace gantrain
