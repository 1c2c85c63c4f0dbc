#pragma once

#include <torch/torch.h>

namespace gantrain {

// How near images are to what they should be. Both [N, C, H, W] in [-1, 1]; one value for each
// image, [N] float64 on the CPU. Values of pixels count from 0 to 1.

// Mean absolute difference.
torch::Tensor l1_distances(const torch::Tensor& images, const torch::Tensor& targets);

// Peak signal-to-noise ratio, 10 log10(1 / mean squared difference), in dB; at most 100, which
// equal images have.
torch::Tensor peak_signal_to_noise(const torch::Tensor& images, const torch::Tensor& targets);

// Structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861): means over all places and
// channels, Gaussian window 11x11 of deviation 1.5 that lies wholly inside, K1 = 0.01, K2 = 0.03.
// Images smaller than the window get one of the largest odd side that fits.
torch::Tensor structural_similarity(const torch::Tensor& images, const torch::Tensor& targets);

// How much is in the details of images: mean absolute difference of a pixel and the one to its
// right, plus that of a pixel and the one below. Blur lowers it, noise raises it.
torch::Tensor gradient_magnitudes(const torch::Tensor& images);

}  // namespace gantrain
