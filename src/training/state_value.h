#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gantrain/archive/value.h"
#include "gantrain/models/state_visitor.h"

#include "training/misfits.h"

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

// Compares what visit_state names with a dictionary and changes nothing: an entry that is missing,
// has another type or shape, or that nobody asks for, is added to `misfits`. Call finish() last.
class StateChecker : public StateVisitor {
 public:
  StateChecker(const Value& saved, std::string prefix, Misfits& misfits);
  void visit(const std::string& name, torch::Tensor& value) override;
  void visit(const std::string& name, int64_t& value) override;
  void visit(const std::string& name, double& value) override;
  void finish();

 private:
  template <typename T>
  void check_number(const std::string& name);
  const Value* entry(const std::string& name);
  const Value& saved_;
  std::string prefix_;
  Misfits& misfits_;
  std::vector<std::string> seen_;
};

// Copies a dictionary back that a StateChecker found to fit.
class StateLoader : public StateVisitor {
 public:
  explicit StateLoader(const Value& saved) : saved_(saved) {}
  void visit(const std::string& name, torch::Tensor& value) override;
  void visit(const std::string& name, int64_t& value) override;
  void visit(const std::string& name, double& value) override;

 private:
  const Value& saved_;
};

}  // namespace gantrain
