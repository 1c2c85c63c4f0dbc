#pragma once

#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "gantrain/core/byte_source.h"
#include "gantrain/core/error.h"
#include "gantrain/core/pickle_value.h"
#include "gantrain/core/pt_layout.h"
#include "gantrain/core/pt_reader.h"
#include "gantrain/core/pt_seal.h"
#include "gantrain/core/sha256.h"
#include "gantrain/core/zip_plan.h"
#include "gantrain/core/zip_reader.h"

namespace gantrain::testing {

// The root {"gantrain": {"format": 1, "step": 7}, "networks": {"generator": {"conv1.weight": [2,
// elements], "conv1.bias": [3]}}}.
inline PickleTree sample_tree(int64_t elements = 4) {
  PickleTree tree;
  tree.storages = {{"0", ElementType::kFloat32, static_cast<uint64_t>(2 * elements)},
                   {"1", ElementType::kInt64, 3}};
  tree.tensors = {{0, 0, {2, elements}, {elements, 1}}, {1, 0, {3}, {1}}};
  PickleValue::Dict header;
  header.emplace_back("format", PickleValue{int64_t{1}});
  header.emplace_back("step", PickleValue{int64_t{7}});
  PickleValue::Dict weights;
  weights.emplace_back("conv1.weight", PickleValue{TensorIndex{0}});
  weights.emplace_back("conv1.bias", PickleValue{TensorIndex{1}});
  PickleValue::Dict networks;
  networks.emplace_back("generator", PickleValue{std::move(weights)});
  PickleValue::Dict root;
  root.emplace_back("gantrain", PickleValue{std::move(header)});
  root.emplace_back("networks", PickleValue{std::move(networks)});
  tree.root = {std::move(root)};
  return tree;
}

// Storage i holds bytes that count up from i.
inline std::string storage_bytes(const StorageDescription& storage, size_t index) {
  std::string bytes(storage.bytes(), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 7 + i / 256 + index);
  }
  return bytes;
}

inline std::string sealed_file(const PickleTree& tree) {
  PtLayout layout(tree);
  StringSink sink;
  std::string bytes;
  layout.write(sink, [&](size_t i) {
    bytes = storage_bytes(tree.storages[i], i);
    return std::string_view(bytes);
  });
  return sink.bytes();
}

// Makes the seal fit again after the bytes before it were changed.
inline void repair_seal(std::string& file) {
  const size_t end = file.size() - kSealBytes;
  file.replace(end, kSealBytes, std::string(kSealPrefix) + sha256(file.substr(0, end)));
}

// A zip as torch.save makes it, without a seal: "archive/data.pkl" and further records.
inline std::string unsealed_file(const std::string& pickle,
                                 const std::vector<std::pair<std::string, std::string>>& more = {},
                                 uint64_t zip64_from = 0xFFFFFFFF) {
  std::vector<std::pair<std::string, std::string>> records = {{"archive/data.pkl", pickle}};
  records.insert(records.end(), more.begin(), more.end());
  ZipPlan plan(zip64_from);
  for (const auto& [name, bytes] : records) {
    plan.add(name, bytes.size());
  }
  plan.finish(0);
  std::string file;
  for (size_t i = 0; i < records.size(); ++i) {
    const std::string& bytes = records[i].second;
    file +=
        plan.local_header(i, static_cast<uint32_t>(crc32_z(
                                 0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())));
    file += bytes;
  }
  return file + plan.directory();
}

// Opens a file and reads every storage. "" or the message of the error.
inline std::string problem_of(std::string_view file) {
  try {
    const MemorySource source(file);
    PtReader reader(source, "a.pt");
    for (size_t i = 0; i < reader.tree().storages.size(); ++i) {
      if (reader.is_used(i)) {
        std::string bytes(reader.tree().storages[i].bytes(), '\0');
        reader.read_storage(i, bytes.data());
      }
    }
    return "";
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kCheckpoint ? error.what()
                                                  : std::string("wrong kind: ") + error.what();
  }
}

}  // namespace gantrain::testing
