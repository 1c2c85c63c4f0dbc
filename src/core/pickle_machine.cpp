#include "core/pickle_machine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <limits>
#include <optional>

#include "gantrain/core/format_error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "core/utf8.h"

namespace gantrain {
namespace {

constexpr size_t kMaxNodes = 3'000'000;
constexpr size_t kMaxContainers = 500'000;
constexpr size_t kMaxMemo = 3'000'000;
constexpr size_t kMaxMarks = 10'000;
constexpr uint32_t kNothing = std::numeric_limits<uint32_t>::max();

enum class Callable : uint8_t { kOrderedDict, kTensorV2, kTensor, kParameter, kStorage };

struct Global {
  std::string_view module;
  std::string_view name;
  Callable callable;
};

constexpr std::array<Global, 4> kCallables = {{
    {"collections", "OrderedDict", Callable::kOrderedDict},
    {"torch._utils", "_rebuild_tensor_v2", Callable::kTensorV2},
    {"torch._utils", "_rebuild_tensor", Callable::kTensor},
    {"torch._utils", "_rebuild_parameter", Callable::kParameter},
}};
// Globals up to here are kCallables, then follow the storage classes in the order of ElementType.
constexpr size_t kFirstStorage = kCallables.size();
constexpr size_t kElementTypes = 10;

std::optional<size_t> find_global(std::string_view module, std::string_view name) {
  for (size_t i = 0; i < kCallables.size(); ++i) {
    if (kCallables[i].module == module && kCallables[i].name == name) {
      return i;
    }
  }
  for (size_t i = 0; module == "torch" && i < kElementTypes; ++i) {
    if (storage_class(static_cast<ElementType>(i)) == name) {
      return kFirstStorage + i;
    }
  }
  return std::nullopt;
}

std::string opcode_name(Opcode code) {
  const auto value = static_cast<unsigned>(code);
  char text[32];
  std::snprintf(text, sizeof text, value > 32 && value < 127 ? "0x%02x ('%c')" : "0x%02x", value,
                value);
  return text;
}

}  // namespace

PickleMachine::PickleMachine(std::string_view bytes) : bytes_(bytes) {}

void PickleMachine::fail(const std::string& problem) const {
  throw FormatError("byte " + std::to_string(opcode_at_) + " of the pickle: " + problem);
}

std::string_view PickleMachine::take(uint64_t count) {
  if (count > bytes_.size() - at_) {
    fail("it ends early (" + std::to_string(bytes_.size()) + " bytes)");
  }
  const std::string_view taken = bytes_.substr(at_, static_cast<size_t>(count));
  at_ += static_cast<size_t>(count);
  return taken;
}

template <typename Integer>
Integer PickleMachine::take_little() {
  return load_little<Integer>(take(sizeof(Integer)).data());
}

std::string_view PickleMachine::take_line() {
  const std::string_view rest = bytes_.substr(at_, pickle_limits::kNameBytes + 1);
  const size_t length = rest.find('\n');
  if (length == std::string_view::npos) {
    fail("the name of a global is longer than " + std::to_string(pickle_limits::kNameBytes) +
         " bytes or ends early");
  }
  at_ += length + 1;
  return rest.substr(0, length);
}

uint32_t PickleMachine::add(Kind kind, uint64_t value, uint32_t count) {
  if (nodes_.size() >= kMaxNodes) {
    fail("more than " + std::to_string(kMaxNodes) + " values");
  }
  nodes_.push_back({kind, count, value});
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t PickleMachine::add_container(Kind kind) {
  if (containers_.size() >= kMaxContainers) {
    fail("more than " + std::to_string(kMaxContainers) + " lists and dictionaries");
  }
  containers_.emplace_back();
  return add(kind, containers_.size() - 1);
}

uint32_t PickleMachine::pop() {
  const uint32_t node = top();
  stack_.pop_back();
  return node;
}

uint32_t PickleMachine::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    fail("a value is missing on the stack");
  }
  return stack_.back();
}

std::vector<uint32_t> PickleMachine::pop_to_mark() {
  if (marks_.empty()) {
    fail("a mark is missing on the stack");
  }
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<uint32_t> items(from, stack_.end());
  stack_.erase(from, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::remember(uint64_t key) {
  if (key >= kMaxMemo) {
    fail("the memo number " + std::to_string(key) + " is beyond " + std::to_string(kMaxMemo));
  }
  if (key >= memo_.size()) {
    memo_.resize(std::max<size_t>(static_cast<size_t>(key) + 1, memo_.size() * 2), kNothing);
  }
  uint32_t& entry = memo_[static_cast<size_t>(key)];
  memo_entries_ += entry == kNothing ? 1 : 0;
  entry = top();
}

void PickleMachine::recall(uint64_t key) {
  if (key >= memo_.size() || memo_[static_cast<size_t>(key)] == kNothing) {
    fail("the memo has no number " + std::to_string(key));
  }
  push(memo_[static_cast<size_t>(key)]);
}

void PickleMachine::push_text(uint64_t count) {
  const std::string_view text = take(count);
  if (!is_valid_utf8(text)) {
    fail("a text is not valid UTF-8");
  }
  push(add(Kind::kText, static_cast<uint64_t>(text.data() - bytes_.data()),
           static_cast<uint32_t>(text.size())));
}

void PickleMachine::push_long(size_t count) {
  const size_t from = at_;
  const std::string_view digits = take(count);
  if (count > 8) {
    push(add(Kind::kBigInteger, from, static_cast<uint32_t>(count)));
    return;
  }
  const bool negative = count > 0 && (digits.back() & 0x80) != 0;
  uint64_t value = negative ? ~uint64_t{0} : 0;
  for (size_t i = count; i-- > 0;) {
    value = value << 8 | static_cast<uint8_t>(digits[i]);
  }
  push(add(Kind::kInteger, value));
}

void PickleMachine::push_float() {
  uint64_t bits = 0;
  for (const char byte : take(8)) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
  }
  push(add(Kind::kFloat, bits));
}

void PickleMachine::push_tuple(const std::vector<uint32_t>& items) {
  const size_t from = items_.size();
  items_.insert(items_.end(), items.begin(), items.end());
  push(add(Kind::kTuple, from, static_cast<uint32_t>(items.size())));
}

void PickleMachine::push_tuple(size_t count) {
  std::vector<uint32_t> items(count);
  for (size_t i = count; i-- > 0;) {
    items[i] = pop();
  }
  push_tuple(items);
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  const std::optional<size_t> global = find_global(module, name);
  if (!global) {
    const std::string full = printable(std::string(module) + "." + std::string(name));
    const bool storage = module == "torch" && name.ends_with("Storage");
    fail(storage ? "tensors of type " + full + " are not read"
                 : "it asks for \"" + full +
                       "\", which is not among the few names that a checkpoint may use; nothing "
                       "was executed");
  }
  push(add(Kind::kGlobal, *global));
}

void PickleMachine::push_stack_global() {
  const Node name = nodes_[pop()];
  const Node module = nodes_[pop()];
  if (name.kind != Kind::kText || module.kind != Kind::kText ||
      name.count > pickle_limits::kNameBytes || module.count > pickle_limits::kNameBytes) {
    fail("the name of a global is no text of at most " + std::to_string(pickle_limits::kNameBytes) +
         " bytes");
  }
  push_global(text(module), text(name));
}

void PickleMachine::append(const std::vector<uint32_t>& items, Kind kind) {
  const Node target = nodes_[top()];
  if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0)) {
    fail(kind == Kind::kDict ? "keys and values are set in something that is no dictionary"
                             : "items are appended to something that is no list");
  }
  std::vector<uint32_t>& children = containers_[target.value];
  children.insert(children.end(), items.begin(), items.end());
}

void PickleMachine::build() {
  pop();
  if (nodes_[top()].kind != Kind::kDict) {
    fail("BUILD is read for an OrderedDict only; nothing was executed");
  }
}

// ("storage", torch.FloatStorage, key, device, number of elements[, None])
void PickleMachine::load_storage() {
  const Node tuple = nodes_[pop()];
  const std::span<const uint32_t> parts =
      tuple.kind == Kind::kTuple ? children(tuple) : std::span<const uint32_t>();
  if (parts.size() != 5 && parts.size() != 6) {
    fail("a persistent id is no storage of five or six parts");
  }
  const Node& word = nodes_[parts[0]];
  const Node& type = nodes_[parts[1]];
  const Node& key = nodes_[parts[2]];
  const Node& count = nodes_[parts[4]];
  if (word.kind != Kind::kText || text(word) != "storage" || type.kind != Kind::kGlobal ||
      type.value < kFirstStorage || key.kind != Kind::kText ||
      nodes_[parts[3]].kind != Kind::kText || count.kind != Kind::kInteger) {
    fail("a persistent id is not (\"storage\", type, key, device, count)");
  }
  if (parts.size() == 6 && nodes_[parts[5]].kind != Kind::kNone) {
    fail("views of storages, as PyTorch before 0.4 wrote them, are not read");
  }
  if (key.count > pickle_limits::kNameBytes) {
    fail("a storage's key has " + std::to_string(key.count) + " bytes; at most " +
         std::to_string(pickle_limits::kNameBytes) + " are allowed");
  }
  StorageDescription storage;
  storage.key = text(key);
  storage.type = static_cast<ElementType>(type.value - kFirstStorage);
  storage.elements = count.value;
  if (storage.elements > (uint64_t{1} << 59)) {
    fail("storage \"" + printable(storage.key) + "\" claims " +
         std::to_string(static_cast<int64_t>(count.value)) + " elements");
  }
  const auto [found, is_new] =
      storage_of_key_.try_emplace(storage.key, static_cast<uint32_t>(storages_.size()));
  if (is_new) {
    if (storages_.size() >= pickle_limits::kTensors) {
      fail("more than " + std::to_string(pickle_limits::kTensors) + " storages");
    }
    storages_.push_back(std::move(storage));
  } else if (storages_[found->second].type != storage.type ||
             storages_[found->second].elements != storage.elements) {
    fail("storage \"" + printable(storage.key) + "\" is described in two ways");
  }
  push(add(Kind::kStorage, found->second));
}

void PickleMachine::reduce() {
  const Node arguments = nodes_[pop()];
  const Node callable = nodes_[pop()];
  if (callable.kind != Kind::kGlobal || callable.value >= kFirstStorage ||
      arguments.kind != Kind::kTuple) {
    fail("REDUCE calls something that may not be called; nothing was executed");
  }
  const std::span<const uint32_t> parts = children(arguments);
  switch (kCallables[callable.value].callable) {
    case Callable::kOrderedDict:
      push(make_ordered_dict(parts));
      return;
    case Callable::kTensorV2:
      if (parts.size() != 6 && parts.size() != 7) {
        fail("_rebuild_tensor_v2 has " + std::to_string(parts.size()) + " arguments");
      }
      push(make_tensor(parts));
      return;
    case Callable::kTensor:
      if (parts.size() != 4) {
        fail("_rebuild_tensor has " + std::to_string(parts.size()) + " arguments");
      }
      push(make_tensor(parts));
      return;
    default:  // _rebuild_parameter(tensor, requires_grad, backward_hooks)
      if (parts.size() != 3 || nodes_[parts[0]].kind != Kind::kTensor) {
        fail("_rebuild_parameter has no tensor");
      }
      push(parts[0]);
  }
}

// OrderedDict() or, from Python 2, OrderedDict([[key, value], ...]).
uint32_t PickleMachine::make_ordered_dict(std::span<const uint32_t> arguments) {
  const uint32_t dict = add_container(Kind::kDict);
  std::vector<uint32_t> entries;
  if (arguments.size() == 1 &&
      (nodes_[arguments[0]].kind == Kind::kList || nodes_[arguments[0]].kind == Kind::kTuple)) {
    for (const uint32_t pair : children(nodes_[arguments[0]])) {
      const Node& item = nodes_[pair];
      const bool sequence = item.kind == Kind::kList || item.kind == Kind::kTuple;
      if (!sequence || children(item).size() != 2) {
        fail("an OrderedDict is made of something that is no pair");
      }
      // A list can be reached many times through the memo: what is copied is bounded.
      if (++copied_ > kMaxNodes) {
        fail("OrderedDicts with more than " + std::to_string(kMaxNodes) + " entries");
      }
      const std::span<const uint32_t> parts = children(item);
      entries.insert(entries.end(), parts.begin(), parts.end());
    }
  } else if (!arguments.empty()) {
    fail("an OrderedDict is made of something that is no list of pairs");
  }
  containers_[nodes_[dict].value] = std::move(entries);
  return dict;
}

// (storage, offset, sizes, strides, ...)
uint32_t PickleMachine::make_tensor(std::span<const uint32_t> arguments) {
  const Node& storage = nodes_[arguments[0]];
  const Node& offset = nodes_[arguments[1]];
  if (storage.kind != Kind::kStorage || offset.kind != Kind::kInteger) {
    fail("a tensor is made of something that is no storage and offset");
  }
  check_integers(arguments[2], "sizes");
  check_integers(arguments[3], "strides");
  if (nodes_[arguments[2]].count != nodes_[arguments[3]].count) {
    fail("a tensor has " + std::to_string(nodes_[arguments[2]].count) + " sizes and " +
         std::to_string(nodes_[arguments[3]].count) + " strides");
  }
  if (tensors_.size() >= pickle_limits::kTensors) {
    fail("more than " + std::to_string(pickle_limits::kTensors) + " tensors");
  }
  tensors_.push_back({static_cast<uint32_t>(storage.value), static_cast<int64_t>(offset.value),
                      arguments[2], arguments[3]});
  return add(Kind::kTensor, tensors_.size() - 1);
}

void PickleMachine::check_integers(uint32_t tuple, const char* what) {
  const Node& node = nodes_[tuple];
  if (node.kind != Kind::kTuple) {
    fail(std::string("the ") + what + " of a tensor are no tuple");
  }
  if (node.count > pickle_limits::kRank) {
    fail("a tensor has rank " + std::to_string(node.count) + "; at most " +
         std::to_string(pickle_limits::kRank) + " is allowed");
  }
  for (const uint32_t child : children(node)) {
    if (nodes_[child].kind != Kind::kInteger) {
      fail(std::string("the ") + what + " of a tensor are no whole numbers of 64 bits");
    }
  }
}

std::span<const uint32_t> PickleMachine::children(const Node& node) const {
  if (node.kind == Kind::kTuple) {
    return std::span(items_).subspan(node.value, node.count);
  }
  return containers_[node.value];
}

std::string PickleMachine::global_name(const Node& node) {
  if (node.value >= kFirstStorage) {
    return "torch." +
           std::string(storage_class(static_cast<ElementType>(node.value - kFirstStorage)));
  }
  const Global& global = kCallables[node.value];
  return std::string(global.module) + "." + std::string(global.name);
}

uint32_t PickleMachine::run() {
  if (bytes_.size() < 2 ||
      static_cast<uint8_t>(bytes_[0]) != static_cast<uint8_t>(Opcode::kProto)) {
    fail("no pickle of protocol 2 to 5 starts here");
  }
  while (!done_) {
    opcode_at_ = at_;
    step(static_cast<Opcode>(take_little<uint8_t>()));
  }
  if (stack_.size() != 1 || !marks_.empty()) {
    fail("STOP with " + std::to_string(stack_.size()) + " values on the stack");
  }
  return stack_.back();
}

// One honest list of everything that a pickle may do here.
void PickleMachine::step(Opcode code) {
  switch (code) {
    case Opcode::kProto:
      if (const auto version = take_little<uint8_t>();
          version < 2 || version > 5 || opcode_at_ != 0) {
        fail("pickle protocol " + std::to_string(version) + "; 2 to 5 are read");
      }
      return;
    case Opcode::kFrame:
      if (take_little<uint64_t>() > bytes_.size() - at_) {
        fail("a frame reaches past the end of the pickle");
      }
      return;
    case Opcode::kStop:
      done_ = true;
      return;
    case Opcode::kMark:
      if (marks_.size() >= kMaxMarks) {
        fail("more than " + std::to_string(kMaxMarks) + " marks");
      }
      return marks_.push_back(stack_.size());
    case Opcode::kNone:
      return push(add(Kind::kNone));
    case Opcode::kNewTrue:
      return push(add(Kind::kBool, 1));
    case Opcode::kNewFalse:
      return push(add(Kind::kBool, 0));
    case Opcode::kBinInt:
      return push(add(Kind::kInteger, static_cast<uint64_t>(int64_t{take_little<int32_t>()})));
    case Opcode::kBinInt1:
      return push(add(Kind::kInteger, take_little<uint8_t>()));
    case Opcode::kBinInt2:
      return push(add(Kind::kInteger, take_little<uint16_t>()));
    case Opcode::kLong1:
      return push_long(take_little<uint8_t>());
    case Opcode::kBinFloat:
      return push_float();
    case Opcode::kShortBinString:
    case Opcode::kShortBinUnicode:
      return push_text(take_little<uint8_t>());
    case Opcode::kBinString:
    case Opcode::kBinUnicode:
      return push_text(take_little<uint32_t>());
    case Opcode::kBinUnicode8:
      return push_text(take_little<uint64_t>());
    case Opcode::kEmptyTuple:
      return push_tuple(0);
    case Opcode::kTuple1:
      return push_tuple(1);
    case Opcode::kTuple2:
      return push_tuple(2);
    case Opcode::kTuple3:
      return push_tuple(3);
    case Opcode::kTuple:
      return push_tuple(pop_to_mark());
    case Opcode::kEmptyList:
      return push(add_container(Kind::kList));
    case Opcode::kEmptyDict:
      return push(add_container(Kind::kDict));
    case Opcode::kAppend: {
      const uint32_t item = pop();
      return append({item}, Kind::kList);
    }
    case Opcode::kAppends:
      return append(pop_to_mark(), Kind::kList);
    case Opcode::kSetItem: {
      const uint32_t value = pop();
      const uint32_t key = pop();
      return append({key, value}, Kind::kDict);
    }
    case Opcode::kSetItems:
      return append(pop_to_mark(), Kind::kDict);
    case Opcode::kGlobal: {
      const std::string_view module = take_line();
      return push_global(module, take_line());
    }
    case Opcode::kStackGlobal:
      return push_stack_global();
    case Opcode::kReduce:
      return reduce();
    case Opcode::kBuild:
      return build();
    case Opcode::kBinPersid:
      return load_storage();
    case Opcode::kBinPut:
      return remember(take_little<uint8_t>());
    case Opcode::kLongBinPut:
      return remember(take_little<uint32_t>());
    case Opcode::kMemoize:
      return remember(memo_entries_);
    case Opcode::kBinGet:
      return recall(take_little<uint8_t>());
    case Opcode::kLongBinGet:
      return recall(take_little<uint32_t>());
  }
  fail("opcode " + opcode_name(code) +
       " is not among those that a checkpoint may use; nothing was executed");
}

}  // namespace gantrain
