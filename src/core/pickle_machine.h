#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gantrain/core/pickle_value.h"

#include "core/pickle_format.h"

namespace gantrain {

// The stack machine of a pickle, with nodes in one arena instead of Python objects. Nodes refer to
// each other by index, so one that the memo hands out many times is stored once, and nothing
// recurses here.
class PickleMachine {
 public:
  enum class Kind : uint8_t {
    kNone,
    kBool,
    kInteger,
    kBigInteger,
    kFloat,
    kText,
    kTuple,
    kList,
    kDict,
    kGlobal,
    kStorage,
    kTensor
  };
  struct Node {
    Kind kind = Kind::kNone;
    uint32_t count = 0;  // of bytes (text, big integer) or items (tuple)
    uint64_t value = 0;  // the number itself, or an index: into the bytes, items_, containers_,
                         // storages, tensors
  };
  struct TensorCall {
    uint32_t storage = 0;
    int64_t offset = 0;
    uint32_t sizes = 0;  // nodes
    uint32_t strides = 0;
  };

  explicit PickleMachine(std::string_view bytes);

  // Runs to STOP; the root's index. Throws FormatError.
  uint32_t run();
  size_t consumed() const { return at_; }

  const Node& node(uint32_t index) const { return nodes_[index]; }
  std::string_view text(const Node& node) const { return bytes_.substr(node.value, node.count); }
  // The items of a tuple or a list; keys and values in turn of a dictionary. Valid until the next
  // step.
  std::span<const uint32_t> children(const Node& node) const;
  const std::vector<StorageDescription>& storages() const { return storages_; }
  const TensorCall& tensor(const Node& node) const { return tensors_[node.value]; }
  // What a global is called in the file.
  static std::string global_name(const Node& node);

 private:
  static constexpr size_t kMaxNodes = 3'000'000;

  [[noreturn]] void fail(const std::string& problem) const;
  std::string_view take(uint64_t count);
  template <typename Integer>
  Integer take_little();
  std::string_view take_line();

  uint32_t add(Kind kind, uint64_t value = 0, uint32_t count = 0);
  uint32_t add_container(Kind kind);
  void push(uint32_t node) { stack_.push_back(node); }
  uint32_t pop();
  uint32_t top();
  std::vector<uint32_t> pop_to_mark();
  void remember(uint64_t key);
  void recall(uint64_t key);

  void step(Opcode code);
  void push_text(uint64_t count);
  void push_long(size_t count);
  void push_float();
  void push_tuple(const std::vector<uint32_t>& items);
  void push_tuple(size_t count);
  void push_global(std::string_view module, std::string_view name);
  void push_stack_global();
  void append(const std::vector<uint32_t>& items, Kind kind);
  void build();
  void load_storage();
  void reduce();
  uint32_t make_ordered_dict(std::span<const uint32_t> arguments);
  uint32_t make_tensor(std::span<const uint32_t> arguments);
  void check_integers(uint32_t tuple, const char* what);

  std::string_view bytes_;
  size_t at_ = 0;
  size_t opcode_at_ = 0;
  bool done_ = false;
  std::vector<Node> nodes_;
  std::vector<uint32_t> items_;                    // of tuples
  std::vector<std::vector<uint32_t>> containers_;  // of lists and dictionaries
  std::vector<StorageDescription> storages_;
  std::unordered_map<std::string, uint32_t> storage_of_key_;
  std::vector<TensorCall> tensors_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::vector<uint32_t> memo_;
  size_t copied_ = 0;        // items that OrderedDicts took from lists
  size_t memo_entries_ = 0;  // MEMOIZE uses the next number
};

}  // namespace gantrain
