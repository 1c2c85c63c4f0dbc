#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantrain {

// Many names, each in its length and eight bytes more.
class NameList {
 public:
  void add(std::string_view name) {
    bytes_ += name;
    ends_.push_back(bytes_.size());
  }
  int64_t count() const { return static_cast<int64_t>(ends_.size()); }
  std::string_view at(int64_t index) const {
    const uint64_t start = index == 0 ? 0 : ends_[static_cast<size_t>(index) - 1];
    return std::string_view(bytes_).substr(start, ends_[static_cast<size_t>(index)] - start);
  }

  // The indices of the names in bytewise order.
  std::vector<int64_t> sorted() const;
  // The names at these indices, in this order.
  NameList picked(const std::vector<int64_t>& indices) const;

 private:
  std::string bytes_;
  std::vector<uint64_t> ends_;
};

}  // namespace gantrain
