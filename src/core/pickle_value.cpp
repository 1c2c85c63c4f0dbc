#include "gantrain/core/pickle_value.h"

#include <array>

namespace gantrain {
namespace {

struct TypeRow {
  std::string_view storage_class;
  size_t bytes;
};

// In the order of ElementType.
constexpr std::array<TypeRow, 10> kTypes = {{
    {"BoolStorage", 1},
    {"ByteStorage", 1},
    {"CharStorage", 1},
    {"ShortStorage", 2},
    {"IntStorage", 4},
    {"LongStorage", 8},
    {"HalfStorage", 2},
    {"BFloat16Storage", 2},
    {"FloatStorage", 4},
    {"DoubleStorage", 8},
}};

template <typename Matches>
bool find_path(const PickleValue& value, const Matches& matches, std::string& path) {
  if (const auto* tensor = std::get_if<TensorIndex>(&value.data)) {
    return matches(tensor->index);
  }
  const size_t length = path.size();
  const auto try_child = [&](const std::string& key, const PickleValue& child) {
    path += (length > 0 ? "." : "") + key;
    if (find_path(child, matches, path)) {
      return true;
    }
    path.resize(length);
    return false;
  };
  if (const auto* dict = std::get_if<PickleValue::Dict>(&value.data)) {
    for (const auto& [key, child] : *dict) {
      if (try_child(key, child)) {
        return true;
      }
    }
  } else if (const auto* list = std::get_if<PickleValue::List>(&value.data)) {
    for (size_t i = 0; i < list->size(); ++i) {
      if (try_child(std::to_string(i), (*list)[i])) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

size_t element_bytes(ElementType type) {
  return kTypes[static_cast<size_t>(type)].bytes;
}

std::string_view storage_class(ElementType type) {
  return kTypes[static_cast<size_t>(type)].storage_class;
}

std::string name_of_tensor(const PickleValue& root, size_t index) {
  std::string path;
  return find_path(
             root, [index](size_t candidate) { return candidate == index; }, path)
             ? path
             : "";
}

std::string name_of_storage(const PickleTree& tree, size_t storage) {
  std::string path;
  const auto uses = [&](size_t tensor) { return tree.tensors[tensor].storage == storage; };
  return find_path(tree.root, uses, path) ? path : "";
}

}  // namespace gantrain
