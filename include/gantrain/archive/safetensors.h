#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gantrain/archive/value.h"

namespace gantrain {

using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

// Writes tensors (entries of `tensors` that are none are left out) as a safetensors file
// (github.com/huggingface/safetensors): eight bytes with the header's length, little-endian; the
// header, JSON with type, shape and place of each tensor, filled up with blanks to a multiple of
// eight; the data side by side without gaps, the largest elements first, so that each tensor is
// aligned to its own, and by name among equals. The same tensors and metadata give the same bytes.
// Durable and atomic, as write_pt_file(). Throws Error(kOutput).
void write_safetensors_file(const std::filesystem::path& path, const Value::Dict& tensors,
                            const SafetensorsMetadata& metadata);

}  // namespace gantrain
