#include "gantrain/core/name_list.h"

#include <algorithm>
#include <numeric>

namespace gantrain {

std::vector<int64_t> NameList::sorted() const {
  std::vector<int64_t> order(ends_.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::sort(order.begin(), order.end(), [this](int64_t a, int64_t b) { return at(a) < at(b); });
  return order;
}

NameList NameList::picked(const std::vector<int64_t>& indices) const {
  NameList result;
  result.ends_.reserve(indices.size());
  for (const int64_t index : indices) {
    result.add(at(index));
  }
  return result;
}

}  // namespace gantrain
