#include "models/residual_generator.h"

#include "models/map_layers.h"

namespace gantrain {
namespace {

namespace nn = torch::nn;

constexpr int64_t kWideKernel = 9;

nn::Conv2d same_convolution(int64_t from, int64_t to, int64_t kernel, bool bias = true) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, kernel).padding(kernel / 2).bias(bias));
}

class ResidualBlockImpl : public nn::Module {
 public:
  ResidualBlockImpl(const TranslationOptions& options) {
    const int64_t width = options.generator_channels;
    const bool bias = options.generator_norm != MapNorm::kBatch;
    layers_->push_back(same_convolution(width, width, 3, bias));
    add_norm(layers_, options.generator_norm, width);
    layers_->push_back(nn::PReLU());
    add_dropout(layers_, options.generator_dropout);
    layers_->push_back(same_convolution(width, width, 3, bias));
    add_norm(layers_, options.generator_norm, width);
    register_module("layers", layers_);
  }

  torch::Tensor forward(const torch::Tensor& input) { return input + layers_->forward(input); }

 private:
  nn::Sequential layers_;
};
TORCH_MODULE(ResidualBlock);

}  // namespace

ResidualGenerator::ResidualGenerator(const TranslationOptions& options, int64_t channels)
    : scale_(options.scale) {
  const int64_t width = options.generator_channels;
  head_->push_back(same_convolution(channels, width, kWideKernel));
  head_->push_back(nn::PReLU());
  for (int64_t i = 0; i < options.generator_blocks; ++i) {
    blocks_->push_back(ResidualBlock(options));
  }
  trunk_->push_back(same_convolution(width, width, 3, options.generator_norm != MapNorm::kBatch));
  add_norm(trunk_, options.generator_norm, width);
  for (int64_t done = 1; done < scale_; done *= 2) {
    up_->push_back(same_convolution(width, 4 * width, 3));
    up_->push_back(nn::PixelShuffle(2));
    up_->push_back(nn::PReLU());
  }
  tail_->push_back(same_convolution(width, channels, kWideKernel));
  register_module("head", head_);
  register_module("blocks", blocks_);
  register_module("trunk", trunk_);
  register_module("up", up_);
  register_module("tail", tail_);
}

torch::Tensor ResidualGenerator::forward(const torch::Tensor& input) {
  const torch::Tensor first = head_->forward(input);
  torch::Tensor map = first + trunk_->forward(blocks_->forward(first));
  if (scale_ == 1) {
    return input + tail_->forward(map);
  }
  const torch::Tensor enlarged = torch::upsample_bicubic2d(
      input, {scale_ * input.size(2), scale_ * input.size(3)}, /*align_corners=*/false);
  return enlarged + tail_->forward(up_->forward(map));
}

}  // namespace gantrain
