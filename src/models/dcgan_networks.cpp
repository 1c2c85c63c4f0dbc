#include "models/dcgan_networks.h"

#include <vector>

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/init.h"
#include "gantrain/nn/map_linear.h"

#include "models/dcgan_layout.h"

namespace gantrain {
namespace {

namespace nn = torch::nn;

// In place wherever the layer before keeps nothing of its output for backward: all of them but
// dropout.
void add_activation(nn::Sequential& layers, DcganActivation activation, double slope) {
  if (activation == DcganActivation::kRelu) {
    layers->push_back(nn::ReLU(nn::ReLUOptions(true)));
  } else {
    layers->push_back(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(slope).inplace(true)));
  }
}

void add_dropout(nn::Sequential& layers, double probability) {
  if (probability > 0) {
    layers->push_back(Dropout(probability));
  }
}

void add_norm(nn::Sequential& layers, DcganNorm norm, int64_t channels) {
  if (norm == DcganNorm::kBatch) {
    layers->push_back(nn::BatchNorm2d(channels));
  }
}

void add_generator_end(nn::Sequential& layers, const DcganOptions& options) {
  add_activation(layers, options.generator_activation, options.generator_slope);
  add_dropout(layers, options.generator_dropout);
}

bool is_conditional(const DcganOptions& options, DcganConditioning conditioning) {
  return options.classes > 0 && options.conditioning == conditioning;
}

// Values that the generator's first layer is given.
int64_t given_values(const DcganOptions& options) {
  return options.latent_dim * (options.classes > 0 ? 2 : 1);
}

// Channels of what the discriminator's first layer is given.
int64_t given_channels(const DcganOptions& options) {
  return options.image_channels + (is_conditional(options, DcganConditioning::kConcat) ? 1 : 0);
}

void add_stem(nn::Sequential& layers, const DcganOptions& options, const DcganLayout& layout) {
  const int64_t size = layout.base_size;
  const int64_t channels = layout.base_channels;
  if (options.generator_stem == DcganStem::kTransposed) {
    layers->push_back(
        nn::ConvTranspose2d(nn::ConvTranspose2dOptions(given_values(options), channels, size)
                                .bias(options.generator_bias)));
    add_norm(layers, options.generator_norm, channels);
    add_generator_end(layers, options);
    return;
  }
  const int64_t features = channels * size * size;
  const nn::Unflatten reshape(nn::UnflattenOptions(1, {channels, size, size}));
  const bool norm_features = options.generator_stem_norm == DcganStemNorm::kFeatures;
  layers->push_back(
      nn::Linear(nn::LinearOptions(given_values(options), features).bias(options.generator_bias)));
  if (!norm_features) {
    layers->push_back(reshape);
    add_norm(layers, options.generator_norm, channels);
  } else if (options.generator_norm == DcganNorm::kBatch) {
    layers->push_back(nn::BatchNorm1d(features));
  }
  add_generator_end(layers, options);
  if (norm_features) {
    layers->push_back(reshape);
  }
}

int64_t values_per_image(const DcganOptions& options) {
  return options.image_channels * options.resolution * options.resolution;
}

// All but the Tanh.
void add_dense_generator(nn::Sequential& layers, const DcganOptions& options,
                         const DcganLayout& layout) {
  int64_t inputs = given_values(options);
  for (const int64_t width : layout.generator_widths) {
    layers->push_back(nn::Linear(nn::LinearOptions(inputs, width).bias(options.generator_bias)));
    if (options.generator_norm == DcganNorm::kBatch) {
      layers->push_back(nn::BatchNorm1d(width));
    }
    add_generator_end(layers, options);
    inputs = width;
  }
  layers->push_back(nn::Linear(
      nn::LinearOptions(inputs, values_per_image(options)).bias(options.generator_bias)));
}

void add_upsampling(nn::Sequential& layers, const DcganOptions& options, const DcganStage& stage) {
  if (options.generator_upsampling == DcganUpsampling::kTransposed) {
    layers->push_back(nn::ConvTranspose2d(
        nn::ConvTranspose2dOptions(stage.in_channels, stage.out_channels, stage.kernel)
            .stride(stage.stride)
            .padding(stage.padding)
            .output_padding(stage.output_padding)
            .bias(options.generator_bias)));
    return;
  }
  if (stage.stride > 1) {
    const auto factor = static_cast<double>(stage.stride);
    layers->push_back(nn::Upsample(nn::UpsampleOptions()
                                       .scale_factor(std::vector<double>{factor, factor})
                                       .mode(torch::kNearest)));
  }
  layers->push_back(
      nn::Conv2d(nn::Conv2dOptions(stage.in_channels, stage.out_channels, stage.kernel)
                     .padding(stage.padding)
                     .bias(options.generator_bias)));
}

bool is_spectral(const DcganOptions& options) {
  return options.discriminator_norm == DcganDiscriminatorNorm::kSpectral;
}

void add_head(nn::Sequential& layers, const DcganOptions& options, const DcganLayout& layout) {
  const bool bias = options.discriminator_bias;
  if (options.discriminator_head == DcganHead::kConvolution) {
    layers->push_back(
        any_conv2d(nn::Conv2dOptions(layout.head_channels, 1, layout.head_size).bias(bias),
                   is_spectral(options)));
    layers->push_back(nn::Flatten());
  } else if (is_spectral(options)) {
    const int64_t inputs = layout.head_channels * layout.head_size * layout.head_size;
    layers->push_back(nn::Flatten());
    layers->push_back(SpectralLinear(nn::LinearOptions(inputs, 1).bias(bias)));
  } else {
    layers->push_back(nn::Identity());  // the place of the Flatten that MapLinear does
    layers->push_back(MapLinear(layout.head_channels, layout.head_size, 1, bias));
  }
}

nn::AnyModule discriminator_linear(const DcganOptions& options, int64_t inputs, int64_t outputs) {
  return any_linear(nn::LinearOptions(inputs, outputs).bias(options.discriminator_bias),
                    is_spectral(options));
}

void add_dense_discriminator(nn::Sequential& layers, const DcganOptions& options,
                             const DcganLayout& layout) {
  layers->push_back(nn::Flatten());
  int64_t inputs = given_channels(options) * options.resolution * options.resolution;
  for (const int64_t width : layout.discriminator_widths) {
    layers->push_back(discriminator_linear(options, inputs, width));
    if (layers->size() > 2 && options.discriminator_norm == DcganDiscriminatorNorm::kBatch) {
      layers->push_back(nn::BatchNorm1d(width));
    }
    add_activation(layers, DcganActivation::kLeakyRelu, options.discriminator_slope);
    add_dropout(layers, options.discriminator_dropout);
    inputs = width;
  }
  layers->push_back(discriminator_linear(options, inputs, 1));
}

void add_convolutional_generator(nn::Sequential& layers, const DcganOptions& options,
                                 const DcganLayout& layout) {
  add_stem(layers, options, layout);
  for (size_t i = 0; i < layout.generator.size(); ++i) {
    add_upsampling(layers, options, layout.generator[i]);
    if (i + 1 < layout.generator.size()) {
      add_norm(layers, options.generator_norm, layout.generator[i].out_channels);
      add_generator_end(layers, options);
    }
  }
}

void add_convolutional_discriminator(nn::Sequential& layers, const DcganOptions& options,
                                     const DcganLayout& layout) {
  for (size_t i = 0; i < layout.discriminator.size(); ++i) {
    const DcganStage& stage = layout.discriminator[i];
    const int64_t inputs = i == 0 ? given_channels(options) : stage.in_channels;
    layers->push_back(any_conv2d(nn::Conv2dOptions(inputs, stage.out_channels, stage.kernel)
                                     .stride(stage.stride)
                                     .padding(stage.padding)
                                     .bias(options.discriminator_bias),
                                 is_spectral(options)));
    if (i > 0 && options.discriminator_norm == DcganDiscriminatorNorm::kBatch) {
      layers->push_back(nn::BatchNorm2d(stage.out_channels));
    }
    add_activation(layers, DcganActivation::kLeakyRelu, options.discriminator_slope);
    add_dropout(layers, options.discriminator_dropout);
  }
  add_head(layers, options, layout);
}

void initialise(nn::Module& network, const DcganOptions& options) {
  if (options.init == DcganInit::kNormal) {
    init_normal(network, options.init_std);
  }
}

// Begins as quietly as the layers do, far below what it stands beside (z, the pixels): an embedding
// of deviation 1 says so much that the generator learns one picture per class, whatever z is.
nn::Embedding quiet_embedding(const DcganOptions& options, int64_t values) {
  constexpr double kQuiet = 0.02;
  nn::Embedding rows(options.classes, values);
  nn::init::normal_(rows->weight, 0,
                    options.init == DcganInit::kNormal ? options.init_std : kQuiet);
  return rows;
}

}  // namespace

DcganGeneratorImpl::DcganGeneratorImpl(const DcganOptions& options)
    : takes_vectors_(options.generator_layers == DcganLayers::kDense ||
                     options.generator_stem == DcganStem::kDense) {
  const DcganLayout layout = dcgan_layout(options);
  if (options.generator_layers == DcganLayers::kDense) {
    add_dense_generator(main_, options, layout);
    main_->push_back(nn::Tanh());
    main_->push_back(nn::Unflatten(
        nn::UnflattenOptions(1, {options.image_channels, options.resolution, options.resolution})));
  } else {
    add_convolutional_generator(main_, options, layout);
    main_->push_back(nn::Tanh());
  }
  register_module("main", main_);
  if (options.classes > 0) {
    embedding_ = register_module("embedding", quiet_embedding(options, options.latent_dim));
  }
  initialise(*this, options);
}

torch::Tensor DcganGeneratorImpl::forward(const torch::Tensor& z, const torch::Tensor& labels) {
  const torch::Tensor given =
      embedding_.is_empty() ? z : torch::cat({z, embedding_->forward(labels)}, 1);
  return main_->forward(takes_vectors_ ? given : given.unsqueeze(2).unsqueeze(3));
}

DcganDiscriminatorImpl::DcganDiscriminatorImpl(const DcganOptions& options)
    : gain_(options.discriminator_gain) {
  const DcganLayout layout = dcgan_layout(options);
  if (options.discriminator_layers == DcganLayers::kDense) {
    add_dense_discriminator(main_, options, layout);
  } else {
    add_convolutional_discriminator(main_, options, layout);
  }
  register_module("main", main_);
  const bool dense = options.discriminator_layers == DcganLayers::kDense;
  head_at_ = main_->size() - (dense ? 1 : 2);
  const int64_t features = dense ? layout.discriminator_widths.back() : layout.head_channels;
  add_condition(options, features, dense ? 1 : layout.head_size * layout.head_size);
  initialise(*this, options);
}

// map_values: how many values there are of each feature.
void DcganDiscriminatorImpl::add_condition(const DcganOptions& options, int64_t features,
                                           int64_t map_values) {
  if (is_conditional(options, DcganConditioning::kConcat)) {
    plane_ =
        register_module("plane", quiet_embedding(options, options.resolution * options.resolution));
  } else if (is_conditional(options, DcganConditioning::kProjection)) {
    embedding_ = register_module("embedding", SpectralEmbedding(options.classes, features));
  } else if (is_conditional(options, DcganConditioning::kAuxiliary)) {
    class_head_ =
        any_linear(nn::LinearOptions(features * map_values, options.classes), is_spectral(options));
    register_module("class_head", class_head_.ptr());
  }
}

Judgement DcganDiscriminatorImpl::forward(const Shown& shown) {
  torch::Tensor values = gain_ == 1 ? shown.images : gain_ * shown.images;
  if (!plane_.is_empty()) {
    const torch::Tensor plane =
        plane_->forward(shown.labels).view({values.size(0), 1, values.size(2), values.size(3)});
    values = torch::cat({values, plane}, 1);
  }
  torch::Tensor features;
  size_t place = 0;
  for (nn::AnyModule& layer : *main_) {
    if (place++ == head_at_) {
      features = values;
    }
    values = layer.forward(values);
  }
  Judgement said{values.flatten()};
  if (!embedding_.is_empty()) {
    const torch::Tensor means = features.dim() == 4 ? features.mean({2, 3}) : features;
    said.logits = said.logits + (embedding_->forward(shown.labels) * means).sum(1);
  }
  if (!class_head_.is_empty()) {
    said.class_logits = class_head_.forward(features.flatten(1));
  }
  return said;
}

}  // namespace gantrain
