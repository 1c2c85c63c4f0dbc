#pragma once

#include <string>

#include <torch/torch.h>

namespace gantrain {

// A term of a loss: a scalar, already weighted. The name appears in logs as Loss/<name>.
struct LossTerm {
  std::string name;
  torch::Tensor value;
};

}  // namespace gantrain
