#include "gantrain/archive/safetensors.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "gantrain/core/durable_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "archive/element_types.h"

namespace gantrain {
namespace {

constexpr size_t kAlignment = 8;
constexpr const char* kMetadataKey = "__metadata__";

// In the order of ElementType.
constexpr std::array<const char*, 10> kTypeNames = {"BOOL", "U8",  "I8",   "I16", "I32",
                                                    "I64",  "F16", "BF16", "F32", "F64"};

struct Entry {
  const std::string* name;
  torch::Tensor tensor;
  const char* type;
};

std::vector<Entry> entries_of(const Value::Dict& tensors) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : tensors) {
    if (!value.is<torch::Tensor>()) {
      continue;
    }
    const auto& tensor = value.as<torch::Tensor>();
    const auto type = element_type(tensor.scalar_type());
    TORCH_CHECK(type && name != kMetadataKey, "no safetensors file holds a tensor ", name,
                " of type ", tensor.scalar_type());
    entries.push_back({&name, tensor, kTypeNames[static_cast<size_t>(*type)]});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.tensor.element_size() != b.tensor.element_size()
               ? a.tensor.element_size() > b.tensor.element_size()
               : *a.name < *b.name;
  });
  return entries;
}

std::string header_of(const std::vector<Entry>& entries, const SafetensorsMetadata& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, text] : metadata) {
    header[kMetadataKey][key] = text;
  }
  uint64_t offset = 0;
  for (const Entry& entry : entries) {
    const uint64_t end = offset + entry.tensor.nbytes();
    header[*entry.name] = {{"dtype", entry.type},
                           {"shape", entry.tensor.sizes().vec()},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

void write_safetensors_file(const std::filesystem::path& path, const Value::Dict& tensors,
                            const SafetensorsMetadata& metadata) {
  const torch::NoGradGuard no_grad;
  const std::vector<Entry> entries = entries_of(tensors);
  std::string start;
  const std::string header = header_of(entries, metadata);
  append_little<uint64_t>(start, header.size());
  start += header;
  uint64_t total = start.size();
  for (const Entry& entry : entries) {
    total += entry.tensor.nbytes();
  }
  DurableFile file(path, total);
  file.write(start);
  for (const Entry& entry : entries) {
    const torch::Tensor host = entry.tensor.detach().to(torch::kCPU).contiguous().resolve_neg();
    file.write(std::string_view(static_cast<const char*>(host.const_data_ptr()), host.nbytes()));
  }
  file.commit();
}

}  // namespace gantrain
