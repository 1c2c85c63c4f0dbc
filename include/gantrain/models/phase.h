#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gantrain {

// One kind of update inside a training step: which parameters move, by which optimizer, how often.
// Names, networks and optimizers of a model's phases are constant over a run; repeats may vary.
struct Phase {
  std::string name;  // "d", "g", "d_r1"
  std::string
      optimizer;  // "generator" or "discriminator": the section optimizer.* of the configuration
  std::vector<std::string> networks =
      {};               // exactly their parameters receive gradients in this phase
  int64_t repeats = 1;  // updates per step (n_critic); each one after the first draws a fresh batch
  int64_t interval = 1;      // due when step % interval == 0; lazy terms are multiplied by interval
  bool fresh_reals = false;  // draws another batch for this phase
  bool through_prepare = false;  // its gradients flow through what prepare() made
};

}  // namespace gantrain
