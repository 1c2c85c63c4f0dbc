#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "gantrain/archive/value.h"

namespace gantrain {

class Misfits;

// Sums of named scalars between two log points, on the device: nothing is read by the host until
// means() is called. Values of one group (a phase's losses and reports) always come together, in
// the same order.
class MetricSums {
 public:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;

  // skip: float scalar on the device; 1 leaves the sums as they are (a NaN in a skipped step does
  // not spoil the mean).
  void add(const std::string& group, const Named& values, const torch::Tensor& skip);

  // Means since the last reset, in the order of first appearance; a group without any counted step
  // gives nothing.
  std::vector<std::pair<std::string, double>> means() const;
  void reset();

  Value save() const;
  static void check(const Value& saved, const std::string& name, Misfits& misfits);
  void load(const Value& saved, torch::Device device);  // what check() found to fit

 private:
  struct Group {
    std::string name;
    std::vector<std::string> names;
    torch::Tensor sums;   // [names], double where the device has it, else float
    torch::Tensor count;  // scalar
    bool loaded = false;  // of a run whose settings may have changed since
  };
  std::vector<Group> groups_;
};

}  // namespace gantrain
