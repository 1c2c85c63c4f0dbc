#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gantrain {

enum class ElementType : uint8_t {
  kBool,
  kUint8,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
};

size_t element_bytes(ElementType type);
// "FloatStorage": the class of package torch that names the type in files.
std::string_view storage_class(ElementType type);

// A block of elements in a file; tensors describe views of it.
struct StorageDescription {
  std::string key;  // the record's name is <top folder>/data/<key>
  ElementType type = ElementType::kFloat32;
  uint64_t elements = 0;

  uint64_t bytes() const { return elements * element_bytes(type); }
};

// Offset and strides count elements; sizes and strides are as long as the rank.
struct TensorDescription {
  size_t storage = 0;  // index into PickleTree::storages
  int64_t offset = 0;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
};

// Index into PickleTree::tensors.
struct TensorIndex {
  size_t index = 0;
};

struct PickleEntry;

// What a checkpoint's pickle holds, without a tensor library: null, bool, int, float, text, tensor,
// list, dictionary.
struct PickleValue {
  using List = std::vector<PickleValue>;
  using Dict = std::vector<PickleEntry>;
  std::variant<std::monostate, bool, int64_t, double, std::string, TensorIndex, List, Dict> data;
};

// One entry of a dictionary.
struct PickleEntry {
  PickleEntry(std::string entry_key, PickleValue entry_value)
      : key(std::move(entry_key)), value(std::move(entry_value)) {}
  std::string key;
  PickleValue value;
};

struct PickleTree {
  PickleValue root;
  std::vector<TensorDescription> tensors;
  std::vector<StorageDescription> storages;
};

// What any checkpoint may hold at most; reader and writer agree.
namespace pickle_limits {
constexpr size_t kBytes = 16u << 20;
constexpr size_t kTensors = 100'000;
constexpr size_t kRank = 8;
constexpr size_t kNameBytes = 512;
constexpr size_t kDepth = 64;
constexpr size_t kValues = 1'000'000;
constexpr size_t kTextBytes = 64u << 20;
}  // namespace pickle_limits

// "networks.generator.main.0.weight": the first place where the tensor stands, or "".
std::string name_of_tensor(const PickleValue& root, size_t index);
// The same for the first tensor in a storage.
std::string name_of_storage(const PickleTree& tree, size_t storage);

}  // namespace gantrain
