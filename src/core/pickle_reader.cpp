#include "core/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "gantrain/core/format_error.h"
#include "gantrain/core/text.h"

#include "core/pickle_machine.h"

namespace gantrain {
namespace {

using Kind = PickleMachine::Kind;
using Node = PickleMachine::Node;

// The decimal digits of a little-endian two's complement number.
std::string decimal_of(std::string_view bytes) {
  const bool negative = (bytes.back() & 0x80) != 0;
  std::vector<uint8_t> magnitude(bytes.begin(), bytes.end());
  unsigned carry = 1;
  for (uint8_t& byte : magnitude) {
    if (negative) {
      carry += static_cast<uint8_t>(~byte);
      byte = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
  }
  std::string digits;
  while (!magnitude.empty()) {
    unsigned remainder = 0;
    for (size_t i = magnitude.size(); i-- > 0;) {
      remainder = remainder << 8 | magnitude[i];
      magnitude[i] = static_cast<uint8_t>(remainder / 10);
      remainder %= 10;
    }
    digits.push_back(static_cast<char>('0' + remainder));
    while (!magnitude.empty() && magnitude.back() == 0) {
      magnitude.pop_back();
    }
  }
  digits += negative ? "-" : "";
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// Turns the machine's nodes into a tree of values. What the memo shares is copied, so counts are
// capped again.
class TreeBuilder {
 public:
  explicit TreeBuilder(const PickleMachine& machine) : machine_(machine) {
    tree_.storages = machine.storages();
  }

  PickleTree build(uint32_t root) {
    tree_.root = value_of(root, 0);
    return std::move(tree_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw FormatError((path_.empty() ? "the root" : "\"" + printable(path_) + "\"") + ": " +
                      problem);
  }

  PickleValue value_of(uint32_t index, size_t depth) {
    if (depth > pickle_limits::kDepth) {
      fail("nested deeper than " + std::to_string(pickle_limits::kDepth));
    }
    if (++values_ > pickle_limits::kValues) {
      fail("more than " + std::to_string(pickle_limits::kValues) + " values");
    }
    const Node& node = machine_.node(index);
    switch (node.kind) {
      case Kind::kNone:
        return {};
      case Kind::kBool:
        return {node.value != 0};
      case Kind::kInteger:
        return {static_cast<int64_t>(node.value)};
      case Kind::kFloat:
        return {std::bit_cast<double>(node.value)};
      case Kind::kBigInteger:
        return {counted(decimal_of(machine_.text(node)))};
      case Kind::kText:
        return {counted(std::string(machine_.text(node)))};
      case Kind::kTuple:
      case Kind::kList:
        return {list_of(node, depth)};
      case Kind::kDict:
        return {dict_of(node, depth)};
      case Kind::kTensor:
        return {tensor_of(node)};
      case Kind::kStorage:
        fail("a bare storage, where a tensor or a plain value is expected");
      case Kind::kGlobal:
        break;
    }
    fail("the class " + PickleMachine::global_name(node) + ", where a plain value is expected");
  }

  std::string counted(std::string text) {
    text_bytes_ += text.size();
    if (text_bytes_ > pickle_limits::kTextBytes) {
      fail("more than " + std::to_string(pickle_limits::kTextBytes) + " bytes of text");
    }
    return text;
  }

  PickleValue::List list_of(const Node& node, size_t depth) {
    PickleValue::List list;
    const size_t length = path_.size();
    for (const uint32_t child : machine_.children(node)) {
      path_ += (length > 0 ? "." : "") + std::to_string(list.size());
      list.push_back(value_of(child, depth + 1));
      path_.resize(length);
    }
    return list;
  }

  PickleValue::Dict dict_of(const Node& node, size_t depth) {
    PickleValue::Dict dict;
    std::unordered_set<std::string> keys;
    const size_t length = path_.size();
    const std::span<const uint32_t> children = machine_.children(node);
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      std::string key = key_of(machine_.node(children[i]));
      if (!keys.insert(key).second) {
        fail("the key \"" + printable(key) + "\" is there twice");
      }
      path_ += (length > 0 ? "." : "") + key;
      dict.emplace_back(std::move(key), value_of(children[i + 1], depth + 1));
      path_.resize(length);
    }
    return dict;
  }

  std::string key_of(const Node& node) {
    switch (node.kind) {
      case Kind::kInteger:
        return std::to_string(static_cast<int64_t>(node.value));
      case Kind::kBool:
        return node.value != 0 ? "True" : "False";
      case Kind::kText:
        break;
      default:
        fail("a dictionary's key is neither a text nor a whole number");
    }
    if (node.count > pickle_limits::kNameBytes) {
      fail("a key has " + std::to_string(node.count) + " bytes; at most " +
           std::to_string(pickle_limits::kNameBytes) + " are allowed");
    }
    return counted(std::string(machine_.text(node)));
  }

  std::vector<int64_t> integers_of(uint32_t tuple) const {
    std::vector<int64_t> values;
    for (const uint32_t child : machine_.children(machine_.node(tuple))) {
      values.push_back(static_cast<int64_t>(machine_.node(child).value));
    }
    return values;
  }

  TensorIndex tensor_of(const Node& node) {
    const auto [found, is_new] = seen_.try_emplace(node.value, tree_.tensors.size());
    if (is_new) {
      const PickleMachine::TensorCall& call = machine_.tensor(node);
      tree_.tensors.push_back(
          {call.storage, call.offset, integers_of(call.sizes), integers_of(call.strides)});
      check_bounds(tree_.tensors.back());
    }
    return {found->second};
  }

  // Everything that is addressed lies inside the storage; no product overflows.
  void check_bounds(const TensorDescription& tensor) const {
    constexpr int64_t kMax = int64_t{1} << 59;
    const auto available = static_cast<int64_t>(tree_.storages[tensor.storage].elements);
    int64_t elements =
        1;  // empty dimensions count as one, so that the others cannot hide behind them
    bool empty = false;
    int64_t last = tensor.offset;
    bool outside = tensor.offset < 0 || tensor.offset > available;
    for (size_t i = 0; i < tensor.sizes.size() && !outside; ++i) {
      const int64_t size = tensor.sizes[i];
      const int64_t stride = tensor.strides[i];
      if (size < 0 || stride < 0) {
        fail("the tensor has a negative size or stride");
      }
      if (size > kMax / elements) {
        fail("the product of the tensor's sizes is too large");
      }
      elements *= std::max<int64_t>(size, 1);
      empty = empty || size == 0;
      if (stride > kMax || (size > 1 && stride > 0 && size - 1 > (kMax - last) / stride)) {
        outside = true;
      } else if (size > 1) {
        last += (size - 1) * stride;
      }
    }
    if (outside || (!empty && last >= available)) {
      fail("the tensor reaches outside its storage of " + std::to_string(available) + " elements");
    }
  }

  const PickleMachine& machine_;
  PickleTree tree_;
  std::unordered_map<uint64_t, size_t> seen_;
  std::string path_;
  size_t values_ = 0;
  size_t text_bytes_ = 0;
};

}  // namespace

PickleTree read_pickle(std::string_view bytes, size_t& consumed) {
  PickleMachine machine(bytes.substr(0, pickle_limits::kBytes));
  const uint32_t root = machine.run();
  consumed = machine.consumed();
  return TreeBuilder(machine).build(root);
}

}  // namespace gantrain
