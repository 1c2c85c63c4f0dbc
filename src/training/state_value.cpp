#include "training/state_value.h"

#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/nn/module_tools.h"

namespace gantrain {

StateLoader::StateLoader(const Value& saved, std::string where)
    : saved_(saved), where_(std::move(where)) {}

const Value& StateLoader::entry(const std::string& name) const {
  const Value* found = saved_.is<Value::Dict>() ? saved_.find(name) : nullptr;
  if (found == nullptr) {
    throw Error(ErrorKind::kCheckpoint, where_ + "." + name + ": missing");
  }
  return *found;
}

void StateLoader::visit(const std::string& name, torch::Tensor& value) {
  const Value& saved = entry(name);
  if (!saved.is<torch::Tensor>() || saved.as<torch::Tensor>().sizes() != value.sizes() ||
      saved.as<torch::Tensor>().scalar_type() != value.scalar_type()) {
    throw Error(ErrorKind::kCheckpoint,
                where_ + "." + name + ": is not a tensor of the expected shape and type");
  }
  overwrite(value, saved.as<torch::Tensor>());
}

void StateLoader::visit(const std::string& name, int64_t& value) {
  value = entry_of<int64_t>(saved_, name, where_);
}

void StateLoader::visit(const std::string& name, double& value) {
  value = entry_of<double>(saved_, name, where_);
}

template <typename T>
const T& entry_of(const Value& dictionary, const std::string& key, const std::string& where) {
  const Value* found = dictionary.is<Value::Dict>() ? dictionary.find(key) : nullptr;
  if (found == nullptr) {
    throw Error(ErrorKind::kCheckpoint, where + "." + key + ": missing");
  }
  if (!found->is<T>()) {
    throw Error(ErrorKind::kCheckpoint, where + "." + key + ": has another type than expected");
  }
  return found->as<T>();
}

template const int64_t& entry_of(const Value&, const std::string&, const std::string&);
template const double& entry_of(const Value&, const std::string&, const std::string&);
template const std::string& entry_of(const Value&, const std::string&, const std::string&);
template const Value::Dict& entry_of(const Value&, const std::string&, const std::string&);

}  // namespace gantrain
