#include "gantrain/core/pickle_writer.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <unordered_set>

#include "gantrain/core/format_error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "core/pickle_format.h"
#include "core/utf8.h"

namespace gantrain {
namespace {

class PickleWriter {
 public:
  explicit PickleWriter(const PickleTree& tree) : tree_(tree) {}

  std::string write() {
    put(Opcode::kProto);
    out_.push_back(2);
    write_value(tree_.root, 0);
    put(Opcode::kStop);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw FormatError((path_.empty() ? "the root" : printable(path_)) + ": " + problem);
  }

  void put(Opcode code) { out_.push_back(static_cast<char>(code)); }

  void write_text(std::string_view text) {
    if (!is_valid_utf8(text)) {
      fail("text is not valid UTF-8");
    }
    put(Opcode::kBinUnicode);
    append_little(out_, static_cast<uint32_t>(text.size()));
    out_ += text;
  }

  void write_integer(int64_t value) {
    if (value >= 0 && value <= 0xFF) {
      put(Opcode::kBinInt1);
      append_little(out_, static_cast<uint8_t>(value));
    } else if (value >= 0 && value <= 0xFFFF) {
      put(Opcode::kBinInt2);
      append_little(out_, static_cast<uint16_t>(value));
    } else if (value >= std::numeric_limits<int32_t>::min() &&
               value <= std::numeric_limits<int32_t>::max()) {
      put(Opcode::kBinInt);
      append_little(out_, static_cast<int32_t>(value));
    } else {
      put(Opcode::kLong1);
      out_.push_back(8);
      append_little(out_, value);
    }
  }

  void write_float(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    put(Opcode::kBinFloat);
    for (int shift = 56; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<char>(bits >> shift));
    }
  }

  void write_bool(bool value) { put(value ? Opcode::kNewTrue : Opcode::kNewFalse); }

  void write_global(std::string_view module, std::string_view name) {
    put(Opcode::kGlobal);
    out_.append(module).push_back('\n');
    out_.append(name).push_back('\n');
  }

  void write_integers(const std::vector<int64_t>& values) {
    put(Opcode::kMark);
    for (const int64_t value : values) {
      write_integer(value);
    }
    put(Opcode::kTuple);
  }

  // torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)
  void write_tensor(const TensorDescription& tensor) {
    if (tensor.sizes.size() > pickle_limits::kRank) {
      fail("the tensor has rank " + std::to_string(tensor.sizes.size()) + "; at most " +
           std::to_string(pickle_limits::kRank) + " is allowed");
    }
    const StorageDescription& storage = tree_.storages.at(tensor.storage);
    write_global("torch._utils", "_rebuild_tensor_v2");
    put(Opcode::kMark);
    put(Opcode::kMark);
    write_text("storage");
    write_global("torch", storage_class(storage.type));
    write_text(storage.key);
    write_text("cpu");
    write_integer(static_cast<int64_t>(storage.elements));
    put(Opcode::kTuple);
    put(Opcode::kBinPersid);
    write_integer(tensor.offset);
    write_integers(tensor.sizes);
    write_integers(tensor.strides);
    write_bool(false);
    write_global("collections", "OrderedDict");
    put(Opcode::kEmptyTuple);
    put(Opcode::kReduce);
    put(Opcode::kTuple);
    put(Opcode::kReduce);
  }

  void write_dict(const PickleValue::Dict& dict, size_t depth) {
    put(Opcode::kEmptyDict);
    put(Opcode::kMark);
    std::unordered_set<std::string_view> keys;
    const size_t length = path_.size();
    for (const auto& [key, value] : dict) {
      if (key.size() > pickle_limits::kNameBytes) {
        fail("a key has " + std::to_string(key.size()) + " bytes; at most " +
             std::to_string(pickle_limits::kNameBytes) + " are allowed");
      }
      if (!keys.insert(key).second) {
        fail("the key \"" + printable(key) + "\" is there twice");
      }
      write_text(key);
      path_ += (length > 0 ? "." : "") + key;
      write_value(value, depth + 1);
      path_.resize(length);
    }
    put(Opcode::kSetItems);
  }

  void write_list(const PickleValue::List& list, size_t depth) {
    put(Opcode::kEmptyList);
    put(Opcode::kMark);
    const size_t length = path_.size();
    for (size_t i = 0; i < list.size(); ++i) {
      path_ += (length > 0 ? "." : "") + std::to_string(i);
      write_value(list[i], depth + 1);
      path_.resize(length);
    }
    put(Opcode::kAppends);
  }

  void write_value(const PickleValue& value, size_t depth) {
    if (depth > pickle_limits::kDepth) {
      fail("nested deeper than " + std::to_string(pickle_limits::kDepth));
    }
    if (++values_ > pickle_limits::kValues) {
      fail("more than " + std::to_string(pickle_limits::kValues) + " values");
    }
    if (out_.size() > pickle_limits::kBytes - kReserve) {
      fail("names and numbers need more than " + std::to_string(pickle_limits::kBytes) +
           " bytes; only tensors may be larger");
    }
    if (const auto* flag = std::get_if<bool>(&value.data)) {
      write_bool(*flag);
    } else if (const auto* integer = std::get_if<int64_t>(&value.data)) {
      write_integer(*integer);
    } else if (const auto* number = std::get_if<double>(&value.data)) {
      write_float(*number);
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      if (text->size() > pickle_limits::kBytes / 2) {
        fail("a text has " + std::to_string(text->size()) + " bytes; at most " +
             std::to_string(pickle_limits::kBytes / 2) + " are allowed");
      }
      write_text(*text);
    } else if (const auto* tensor = std::get_if<TensorIndex>(&value.data)) {
      if (++tensors_ > pickle_limits::kTensors) {
        fail("more than " + std::to_string(pickle_limits::kTensors) + " tensors");
      }
      write_tensor(tree_.tensors.at(tensor->index));
    } else if (const auto* list = std::get_if<PickleValue::List>(&value.data)) {
      write_list(*list, depth);
    } else if (const auto* dict = std::get_if<PickleValue::Dict>(&value.data)) {
      write_dict(*dict, depth);
    } else {
      put(Opcode::kNone);
    }
  }

  // Room that is kept for what is written after the last check: the end of a tensor, of lists and
  // dictionaries.
  static constexpr size_t kReserve = 16u << 10;

  const PickleTree& tree_;
  std::string out_;
  std::string path_;
  size_t values_ = 0;
  size_t tensors_ = 0;
};

}  // namespace

std::string write_pickle(const PickleTree& tree) {
  std::string bytes = PickleWriter(tree).write();
  if (bytes.size() > pickle_limits::kBytes) {
    throw FormatError("names and numbers need " + std::to_string(bytes.size()) +
                      " bytes; at most " + std::to_string(pickle_limits::kBytes) + " are allowed");
  }
  return bytes;
}

}  // namespace gantrain
