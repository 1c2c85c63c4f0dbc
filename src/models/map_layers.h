#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "gantrain/models/translation_options.h"

namespace gantrain {

// One entry of a Sequential, also where the norm is none, as in the authors' program.
void add_norm(torch::nn::Sequential& layers, MapNorm norm, int64_t channels);

// Whether the convolutions before such a norm have a bias; theirs have none with "none".
bool bias_before(MapNorm norm);

// None where the probability is 0.
void add_dropout(torch::nn::Sequential& layers, double probability);

// In place: what comes before must not keep its output for backward (convolutions and norms do
// not).
void add_relu(torch::nn::Sequential& layers);
void add_leaky_relu(torch::nn::Sequential& layers);

}  // namespace gantrain
