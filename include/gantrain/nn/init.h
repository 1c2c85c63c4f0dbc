#pragma once

#include <torch/torch.h>

namespace gantrain {

// DCGAN's initialisation, arXiv:1511.06434: weights of linear and (transposed) convolution layers
// N(0, std), weights of norm layers N(1, std), every bias 0. Draws from the library's default
// generator in the order of modules().
void init_normal(torch::nn::Module& module, double std);

}  // namespace gantrain
