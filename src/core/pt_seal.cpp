#include "gantrain/core/pt_seal.h"

#include <algorithm>

#include "gantrain/core/sha256.h"

namespace gantrain {

Seal check_seal(const ByteSource& source) {
  if (source.size() < kSealBytes) {
    return Seal::kNone;
  }
  std::string seal(kSealBytes, '\0');
  const uint64_t end = source.size() - kSealBytes;
  source.read(end, seal.data(), kSealBytes);
  if (!seal.starts_with(kSealPrefix)) {
    return Seal::kNone;
  }
  Sha256 hash;
  std::string chunk(std::min<uint64_t>(end, 1u << 20), '\0');
  for (uint64_t at = 0; at < end; at += chunk.size()) {
    chunk.resize(static_cast<size_t>(std::min<uint64_t>(chunk.size(), end - at)));
    source.read(at, chunk.data(), chunk.size());
    hash.update(chunk);
  }
  return seal.substr(kSealPrefix.size()) == hash.finish() ? Seal::kValid : Seal::kBroken;
}

}  // namespace gantrain
