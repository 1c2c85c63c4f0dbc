#include "gantrain/archive/value.h"

#include <algorithm>

namespace gantrain {

const Value* Value::find(const std::string& key) const {
  const auto* dict = std::get_if<Dict>(&data_);
  if (dict == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(dict->begin(), dict->end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == dict->end() ? nullptr : &found->second;
}

Value& Value::operator[](const std::string& key) {
  if (is<std::monostate>()) {
    data_ = Dict();
  }
  if (const Value* found = find(key)) {
    return const_cast<Value&>(*found);
  }
  return as<Dict>().emplace_back(key, Value()).second;
}

std::string shape_text(torch::IntArrayRef sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
  }
  return text += "]";
}

}  // namespace gantrain
