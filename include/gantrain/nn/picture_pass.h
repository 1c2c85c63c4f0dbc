#pragma once

#include <vector>

#include <torch/torch.h>

namespace gantrain {

// torch::nn::BatchNorm2d that can be told to take each picture's own statistics instead of the
// running ones, and then leaves the running ones alone. That is what a network computes in training
// at batch 1 (pix2pix, arXiv:1611.07004, does so at test time, too).
class PictureBatchNorm2dImpl : public torch::nn::BatchNorm2dImpl {
 public:
  using torch::nn::BatchNorm2dImpl::BatchNorm2dImpl;
  torch::Tensor forward(const torch::Tensor& input);
  void use_own_statistics(bool on) { own_statistics_ = on; }

 private:
  bool own_statistics_ = false;
};
TORCH_MODULE(PictureBatchNorm2d);

// While it lives a network is in eval mode. With own_statistics its PictureBatchNorm2d take those
// of each picture and its dropouts drop, from the library's default generator: seed it first. The
// network's buffers do not move; afterwards it is in the mode it was in.
class PicturePass {
 public:
  PicturePass(torch::nn::Module& network, bool own_statistics);
  ~PicturePass();
  PicturePass(const PicturePass&) = delete;
  PicturePass& operator=(const PicturePass&) = delete;

 private:
  void switch_layers(bool own_statistics);
  torch::nn::Module& network_;
  bool training_;
  bool own_statistics_;
};

}  // namespace gantrain
