#pragma once

#include <cstdint>
#include <string>

#include <torch/torch.h>

namespace gantrain {

// Walks over what a checkpoint must hold besides networks. The same visit function saves and
// restores: a saver copies the values out, a loader copies them in.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void visit(const std::string& name,
                     torch::Tensor& value) = 0;  // shape and type stay what they are
  virtual void visit(const std::string& name, int64_t& value) = 0;
  virtual void visit(const std::string& name, double& value) = 0;
};

}  // namespace gantrain
