#pragma once

#include <torch/torch.h>

namespace gantrain {

// How the weights of linear and (transposed) convolution layers begin:
//   normal      N(0, gain)
//   xavier      N(0, gain * sqrt(2 / (fan in + fan out)))
//   xavier, uniform: of the same deviation, between -sqrt(3) and sqrt(3) times it
//   kaiming     N(0, sqrt(2 / fan in)); the gain means nothing
//   orthogonal  gain times a matrix [first size, the rest] with orthonormal rows or columns
enum class WeightInit { kNormal, kXavier, kXavierUniform, kKaiming, kOrthogonal };

// One such layer; its bias is 0. Others stay as they are. Returns whether it was one.
bool init_layer(torch::nn::Module& layer, WeightInit kind, double gain);

// Weights as above, those of batch norms N(1, gain), every bias 0: what pix2pix (arXiv:1611.07004)
// does. Draws from the library's default generator in the order of modules().
void init_weights(torch::nn::Module& module, WeightInit kind, double gain);

// DCGAN's initialisation, arXiv:1511.06434: the same with normal, gain = std.
void init_normal(torch::nn::Module& module, double std);

}  // namespace gantrain
