#pragma once

#include <string>

#include <torch/torch.h>

#include "gantrain/archive/value.h"
#include "gantrain/models/gan_model.h"

namespace gantrain {

class Misfits;

// A module's parameters and buffers under PyTorch's keys in PyTorch's order (each module's
// parameters, then its buffers, then its children). The tensors are shared with the module, not
// copied.
Value::Dict state_dict(const torch::nn::Module& module);

// Copies `saved` into the module. Keys and shapes must match exactly: otherwise nothing is loaded
// and an Error(kCheckpoint) lists the first ten differences. `where` begins the message: "g.pt:
// networks.generator".
void load_state_dict(torch::nn::Module& module, const Value& saved, const std::string& where);

// The same for all networks of a map: {name: state_dict}. Other networks in `saved` are not looked
// at. load_networks() throws Error(kCheckpoint) with the differences of all of them before it
// copies anything; compare_networks() adds them to `misfits` and copies nothing.
Value::Dict save_networks(const NetworkMap& networks);
void compare_networks(const NetworkMap& networks, const Value& saved, const std::string& prefix,
                      Misfits& misfits);
void load_networks(NetworkMap& networks, const Value& saved, const std::string& where);

}  // namespace gantrain
