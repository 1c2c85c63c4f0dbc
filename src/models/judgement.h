#pragma once

#include <torch/torch.h>

namespace gantrain {

// What a discriminator is shown: images [N, ...] and, where it is told, their classes [N] int64.
struct Shown {
  torch::Tensor images;
  torch::Tensor labels = {};
};

// What it says: logits [N, ...] and, where it has a head for it, how much it holds each image to be
// of each class, [N, classes].
struct Judgement {
  torch::Tensor logits;
  torch::Tensor class_logits = {};
};

}  // namespace gantrain
