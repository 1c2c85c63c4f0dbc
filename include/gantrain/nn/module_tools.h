#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// Moves a module to a device, its floating parameters and buffers to `type`, and 4-D ones to
// `format`, the order of the maps that it will be given.
void place_module(torch::nn::Module& module, torch::Device device, torch::ScalarType type,
                  torch::MemoryFormat format = torch::MemoryFormat::ChannelsLast);

// The format that place_module() gave; channels_last if no kernel tells.
torch::MemoryFormat map_format_of(const torch::nn::Module& module);

int64_t count_parameters(const torch::nn::Module& module);

// Copies into a parameter or buffer, also one that a graph has saved (a plain copy_ would throw in
// that graph's backward).
void overwrite(const torch::Tensor& target, const torch::Tensor& source);

}  // namespace gantrain
