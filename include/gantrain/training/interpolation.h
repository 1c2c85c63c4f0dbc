#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace gantrain {

// Latents on the way through `points` [K, D], K >= 2: [frames, D], the first and the last frame
// exactly the first and the last point, evenly spaced in between. Between neighbours along the
// great circle, because normal latents lie near a sphere (slerp; White 2016, arXiv:1609.04468):
// sin((1-t) a) / sin(a) * p + sin(t a) / sin(a) * q, a the angle between p and q.
torch::Tensor interpolate_latents(const torch::Tensor& points, int64_t frames);

}  // namespace gantrain
