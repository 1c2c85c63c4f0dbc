#include "training/state_value.h"

#include <utility>

#include "gantrain/nn/module_tools.h"

namespace gantrain {

StateChecker::StateChecker(const Value& saved, std::string prefix, Misfits& misfits)
    : saved_(saved), prefix_(std::move(prefix)), misfits_(misfits) {}

const Value* StateChecker::entry(const std::string& name) {
  seen_.push_back(name);
  return saved_.is<Value::Dict>() ? saved_.find(name) : nullptr;
}

void StateChecker::visit(const std::string& name, torch::Tensor& value) {
  const Value* saved = entry(name);
  if (misfits_.fits(prefix_ + name, saved, value) &&
      saved->as<torch::Tensor>().is_floating_point() != value.is_floating_point()) {
    misfits_.add(prefix_ + name + ": file has " +
                 c10::toString(saved->as<torch::Tensor>().scalar_type()) + ", expected " +
                 c10::toString(value.scalar_type()));
  }
}

template <typename T>
void StateChecker::check_number(const std::string& name) {
  const Value* saved = entry(name);
  if (saved == nullptr || !saved->is<T>()) {
    misfits_.add(prefix_ + name + (saved == nullptr ? ": missing in the file" : ": is no number") +
                 " (expected a number)");
  }
}

void StateChecker::visit(const std::string& name, int64_t&) {
  check_number<int64_t>(name);
}

void StateChecker::visit(const std::string& name, double&) {
  check_number<double>(name);
}

void StateChecker::finish() {
  misfits_.find_extra(saved_, seen_, prefix_);
}

void StateLoader::visit(const std::string& name, torch::Tensor& value) {
  overwrite(value, saved_.find(name)->as<torch::Tensor>());
}

void StateLoader::visit(const std::string& name, int64_t& value) {
  value = saved_.find(name)->as<int64_t>();
}

void StateLoader::visit(const std::string& name, double& value) {
  value = saved_.find(name)->as<double>();
}

}  // namespace gantrain
