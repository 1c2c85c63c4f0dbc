#include "models/unet_generator.h"

#include <algorithm>

#include "gantrain/nn/resampling_conv.h"

#include "models/map_layers.h"

namespace gantrain {
namespace {

namespace nn = torch::nn;

constexpr int64_t kWidestUnet = 8;     // times generator_channels
constexpr int64_t kFirstDropping = 4;  // levels of full width, but for the first and the last

// A level and all inside of it. Its layers are one Sequential "model"; the activation that it
// begins with works in place, so what it puts beside its result has gone through it, which the next
// activation, a ReLU, does not see.
class UnetLevelImpl : public MapNetwork {
 public:
  UnetLevelImpl(nn::Sequential model, bool outermost)
      : outermost_(outermost), model_(register_module("model", std::move(model))) {}

  torch::Tensor forward(const torch::Tensor& input) override {
    const torch::Tensor made = model_->forward(input);
    return outermost_ ? made : torch::cat({input, made}, 1);
  }

 private:
  bool outermost_;
  nn::Sequential model_;
};
TORCH_MODULE(UnetLevel);

struct UnetPlan {
  const TranslationOptions& options;
  int64_t from, to;
  int64_t levels;
  bool bias = bias_before(options.generator_norm);

  int64_t width(int64_t level) const {
    return options.generator_channels *
           std::min(kWidestUnet, int64_t{1} << std::min<int64_t>(level, 8));
  }
};

UnetLevel innermost(const UnetPlan& plan) {
  const int64_t level = plan.levels - 1;
  nn::Sequential layers;
  add_leaky_relu(layers);
  layers->push_back(HalvingConv(plan.width(level - 1), plan.width(level), plan.bias));
  add_relu(layers);
  layers->push_back(DoublingConv(plan.width(level), plan.width(level - 1), plan.bias));
  add_norm(layers, plan.options.generator_norm, plan.width(level - 1));
  return UnetLevel(layers, /*outermost=*/false);
}

UnetLevel middle(const UnetPlan& plan, int64_t level, const UnetLevel& inside) {
  const MapNorm norm = plan.options.generator_norm;
  nn::Sequential layers;
  add_leaky_relu(layers);
  layers->push_back(HalvingConv(plan.width(level - 1), plan.width(level), plan.bias));
  add_norm(layers, norm, plan.width(level));
  layers->push_back(inside);
  add_relu(layers);
  layers->push_back(DoublingConv(2 * plan.width(level), plan.width(level - 1), plan.bias));
  add_norm(layers, norm, plan.width(level - 1));
  if (level >= kFirstDropping) {
    add_dropout(layers, plan.options.generator_dropout);
  }
  return UnetLevel(layers, /*outermost=*/false);
}

UnetLevel outermost(const UnetPlan& plan, const UnetLevel& inside) {
  nn::Sequential layers;
  layers->push_back(HalvingConv(plan.from, plan.width(0), plan.bias));
  layers->push_back(inside);
  add_relu(layers);
  layers->push_back(DoublingConv(2 * plan.width(0), plan.to, /*bias=*/true));
  layers->push_back(nn::Tanh());
  return UnetLevel(layers, /*outermost=*/true);
}

}  // namespace

UnetGenerator::UnetGenerator(const TranslationOptions& options, int64_t from, int64_t to) {
  const UnetPlan plan{options, from, to, unet_downs(options)};
  UnetLevel inside = innermost(plan);
  for (int64_t level = plan.levels - 2; level > 0; --level) {
    inside = middle(plan, level, inside);
  }
  model_ = register_module("model", outermost(plan, inside).ptr());
}

torch::Tensor UnetGenerator::forward(const torch::Tensor& input) {
  return model_->forward(input);
}

}  // namespace gantrain
