#pragma once

#include <string>

#include <torch/torch.h>

#include "gantrain/archive/value.h"
#include "gantrain/models/gan_model.h"

namespace gantrain {

// A module's parameters and buffers under PyTorch's keys in PyTorch's order (each module's
// parameters, then its buffers, then its children). The tensors are shared with the module, not
// copied.
Value::Dict state_dict(const torch::nn::Module& module);

// Copies `saved` into the module. Keys and shapes must match exactly: otherwise nothing is loaded
// and an Error(kCheckpoint) lists the first ten differences. `where` begins the message: "g.pt:
// networks.generator".
void load_state_dict(torch::nn::Module& module, const Value& saved, const std::string& where);

// The same for all networks of a map: {name: state_dict}.
Value::Dict save_networks(const NetworkMap& networks);
void load_networks(NetworkMap& networks, const Value& saved, const std::string& where);

}  // namespace gantrain
