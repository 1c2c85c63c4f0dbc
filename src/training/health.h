#pragma once

#include <cstdint>
#include <string>

#include <torch/torch.h>

#include "gantrain/archive/value.h"

namespace gantrain {

class Misfits;

// Counts skipped steps on the device; read by the host at log points only.
class Health {
 public:
  explicit Health(torch::Device device);

  void count(const torch::Tensor& skip);  // after every step

  struct Reading {
    int64_t skipped = 0;      // steps of the whole run
    int64_t consecutive = 0;  // that the run's last steps were skipped in a row
  };
  Reading read() const;

  Value save() const;
  void check(const Value& saved, const std::string& name, Misfits& misfits) const;
  void load(const Value& saved);  // what check() found to fit

 private:
  torch::Tensor counts_;  // double [2]: skipped, consecutive
};

}  // namespace gantrain
