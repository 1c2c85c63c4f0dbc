#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gantrain/core/byte_source.h"

namespace gantrain {

// The seal of our checkpoint files: the zip's archive comment is "gantrain-sha256:" and 64
// lower-case hexadecimal digits, the SHA-256 of everything in the file before the comment's text
// (so the last 80 bytes are the seal, and its length, in the two bytes before, is hashed too).
constexpr std::string_view kSealPrefix = "gantrain-sha256:";
constexpr size_t kSealBytes = 16 + 64;

enum class Seal { kNone, kValid, kBroken };

// Whether the file ends in a seal, and whether the bytes before it still match.
Seal check_seal(const ByteSource& source);

}  // namespace gantrain
