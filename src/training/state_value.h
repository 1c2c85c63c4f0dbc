#pragma once

#include <string>

#include "gantrain/archive/value.h"
#include "gantrain/models/state_visitor.h"

namespace gantrain {

// Collects what visit_state names into a dictionary.
class StateSaver : public StateVisitor {
 public:
  void visit(const std::string& name, torch::Tensor& value) override {
    saved_.emplace_back(name, value);
  }
  void visit(const std::string& name, int64_t& value) override { saved_.emplace_back(name, value); }
  void visit(const std::string& name, double& value) override { saved_.emplace_back(name, value); }
  Value::Dict take() { return std::move(saved_); }

 private:
  Value::Dict saved_;
};

// Copies a dictionary back. Throws Error(kCheckpoint) for an entry that is missing or has another
// type or shape.
class StateLoader : public StateVisitor {
 public:
  StateLoader(const Value& saved, std::string where);
  void visit(const std::string& name, torch::Tensor& value) override;
  void visit(const std::string& name, int64_t& value) override;
  void visit(const std::string& name, double& value) override;

 private:
  const Value& entry(const std::string& name) const;
  const Value& saved_;
  std::string where_;
};

// The entry of a dictionary, as a T. Throws Error(kCheckpoint).
template <typename T>
const T& entry_of(const Value& dictionary, const std::string& key, const std::string& where);

}  // namespace gantrain
