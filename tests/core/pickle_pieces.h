#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gantrain::testing {

// Pieces of protocol-2 pickles.
inline std::string start() {
  return "\x80\x02";
}
inline std::string text(const std::string& value) {
  std::string code = "X";
  const auto length = static_cast<uint32_t>(value.size());
  return code.append(reinterpret_cast<const char*>(&length), 4) + value;
}
inline std::string integer(int64_t value) {
  std::string code = "\x8a\x08";
  return code.append(reinterpret_cast<const char*>(&value), 8);
}
inline std::string tuple(const std::vector<int64_t>& values) {
  std::string code = "(";
  for (const int64_t value : values) {
    code += integer(value);
  }
  return code + "t";
}
inline std::string storage(const std::string& type, const std::string& key, int64_t elements) {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text("cuda:0") +
         integer(elements) + "tQ";
}
inline std::string tensor(const std::string& of_storage, int64_t offset,
                          const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + of_storage + integer(offset) + tuple(sizes) +
         tuple(strides) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string code = "}(";
  for (const auto& [key, value] : entries) {
    code += text(key) + value;
  }
  return code + "u";
}
inline std::string one_tensor(const std::string& code) {
  return start() + dict({{"w", code}}) + ".";
}

}  // namespace gantrain::testing
