#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gantrain/archive/value.h"

namespace gantrain {

// What of a file does not fit what it is to be loaded into, collected before anything is copied.
class Misfits {
 public:
  void add(std::string line) { lines_.push_back(std::move(line)); }

  // Compares a saved entry with what it is to be copied into: the shape, and whether it is a tensor
  // at all. Adds a line and returns false when it does not fit.
  bool fits(const std::string& name, const Value* saved, const torch::Tensor& target);

  // Adds a line for every key of `saved` that is not among `known`: "<prefix><key>".
  void find_extra(const Value& saved, const std::vector<std::string>& known,
                  const std::string& prefix);

  // Nothing, or an Error(kCheckpoint): "<where>: does not fit this <what>; nothing was loaded. 12
  // differences:" and the first ten, one a line.
  void throw_if_any(const std::string& where, const std::string& what) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace gantrain
