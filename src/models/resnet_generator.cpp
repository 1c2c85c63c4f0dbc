#include "models/resnet_generator.h"

#include "models/map_layers.h"

namespace gantrain {
namespace {

namespace nn = torch::nn;

constexpr int64_t kWideKernel = 7;
constexpr int64_t kHalvings = 2;

class ResnetBlockImpl : public nn::Module {
 public:
  ResnetBlockImpl(const TranslationOptions& options, int64_t channels) {
    const auto add_convolution = [&] {
      conv_block_->push_back(nn::ReflectionPad2d(1));
      conv_block_->push_back(nn::Conv2d(
          nn::Conv2dOptions(channels, channels, 3).bias(bias_before(options.generator_norm))));
      add_norm(conv_block_, options.generator_norm, channels);
    };
    add_convolution();
    add_relu(conv_block_);
    add_dropout(conv_block_, options.generator_dropout);
    add_convolution();
    register_module("conv_block", conv_block_);
  }

  torch::Tensor forward(const torch::Tensor& input) { return input + conv_block_->forward(input); }

 private:
  nn::Sequential conv_block_;
};
TORCH_MODULE(ResnetBlock);

}  // namespace

ResnetGenerator::ResnetGenerator(const TranslationOptions& options, int64_t from, int64_t to) {
  const MapNorm norm = options.generator_norm;
  const bool bias = bias_before(norm);
  int64_t width = options.generator_channels;
  model_->push_back(nn::ReflectionPad2d(kWideKernel / 2));
  model_->push_back(nn::Conv2d(nn::Conv2dOptions(from, width, kWideKernel).bias(bias)));
  add_norm(model_, norm, width);
  add_relu(model_);
  for (int64_t i = 0; i < kHalvings; ++i, width *= 2) {
    model_->push_back(
        nn::Conv2d(nn::Conv2dOptions(width, 2 * width, 3).stride(2).padding(1).bias(bias)));
    add_norm(model_, norm, 2 * width);
    add_relu(model_);
  }
  for (int64_t i = 0; i < options.generator_blocks; ++i) {
    model_->push_back(ResnetBlock(options, width));
  }
  for (int64_t i = 0; i < kHalvings; ++i, width /= 2) {
    model_->push_back(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(width, width / 2, 3)
                                              .stride(2)
                                              .padding(1)
                                              .output_padding(1)
                                              .bias(bias)));
    add_norm(model_, norm, width / 2);
    add_relu(model_);
  }
  model_->push_back(nn::ReflectionPad2d(kWideKernel / 2));
  model_->push_back(nn::Conv2d(nn::Conv2dOptions(width, to, kWideKernel)));
  model_->push_back(nn::Tanh());
  register_module("model", model_);
}

torch::Tensor ResnetGenerator::forward(const torch::Tensor& input) {
  return model_->forward(input);
}

}  // namespace gantrain
