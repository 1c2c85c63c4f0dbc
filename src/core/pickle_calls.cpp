#include <array>
#include <optional>

#include "gantrain/core/text.h"

#include "core/pickle_machine.h"

// What a pickle may name, and what comes out when it calls that: dictionaries and descriptions of
// tensors. Nothing is executed.

namespace gantrain {
namespace {

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

}  // namespace

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

std::string PickleMachine::global_name(const Node& node) {
  if (node.value >= kFirstStorage) {
    return "torch." +
           std::string(storage_class(static_cast<ElementType>(node.value - kFirstStorage)));
  }
  const Global& global = kCallables[node.value];
  return std::string(global.module) + "." + std::string(global.name);
}

}  // namespace gantrain
