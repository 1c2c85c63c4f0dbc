#include "data/fingerprint.h"

#include "gantrain/core/sha256.h"

namespace gantrain {

std::string fingerprint(const std::vector<std::string_view>& parts) {
  Sha256 hash;
  for (const std::string_view part : parts) {
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  return hash.finish();
}

}  // namespace gantrain
