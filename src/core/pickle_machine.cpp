#include "core/pickle_machine.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "gantrain/core/format_error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "core/utf8.h"

namespace gantrain {
namespace {

constexpr size_t kMaxContainers = 500'000;
constexpr size_t kMaxMemo = 3'000'000;
constexpr size_t kMaxMarks = 10'000;
constexpr uint32_t kNothing = std::numeric_limits<uint32_t>::max();

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

std::span<const uint32_t> PickleMachine::children(const Node& node) const {
  if (node.kind == Kind::kTuple) {
    return std::span(items_).subspan(node.value, node.count);
  }
  return containers_[node.value];
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
