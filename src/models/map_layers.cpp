#include "models/map_layers.h"

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/instance_norm.h"
#include "gantrain/nn/picture_pass.h"

namespace gantrain {
namespace {

constexpr double kSlope = 0.2;

}  // namespace

void add_norm(torch::nn::Sequential& layers, MapNorm norm, int64_t channels) {
  switch (norm) {
    case MapNorm::kBatch:
      layers->push_back(PictureBatchNorm2d(channels));
      break;
    case MapNorm::kInstance:
      layers->push_back(InstanceNorm2d());
      break;
    case MapNorm::kNone:
      layers->push_back(torch::nn::Identity());
      break;
  }
}

bool bias_before(MapNorm norm) {
  return norm == MapNorm::kInstance;
}

void add_dropout(torch::nn::Sequential& layers, double probability) {
  if (probability > 0) {
    layers->push_back(Dropout(probability));
  }
}

void add_relu(torch::nn::Sequential& layers) {
  layers->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
}

void add_leaky_relu(torch::nn::Sequential& layers) {
  layers->push_back(
      torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(kSlope).inplace(true)));
}

}  // namespace gantrain
