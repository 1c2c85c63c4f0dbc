#include "models/dcgan_networks.h"

#include <vector>

#include "gantrain/nn/dropout.h"
#include "gantrain/nn/init.h"
#include "gantrain/nn/map_linear.h"
#include "gantrain/nn/spectral_norm.h"

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

void add_stem(nn::Sequential& layers, const DcganOptions& options, const DcganLayout& layout) {
  const int64_t size = layout.base_size;
  const int64_t channels = layout.base_channels;
  if (options.generator_stem == DcganStem::kTransposed) {
    layers->push_back(
        nn::ConvTranspose2d(nn::ConvTranspose2dOptions(options.latent_dim, channels, size)
                                .bias(options.generator_bias)));
    add_norm(layers, options.generator_norm, channels);
    add_generator_end(layers, options);
    return;
  }
  const int64_t features = channels * size * size;
  const nn::Unflatten reshape(nn::UnflattenOptions(1, {channels, size, size}));
  const bool norm_features = options.generator_stem_norm == DcganStemNorm::kFeatures;
  layers->push_back(
      nn::Linear(nn::LinearOptions(options.latent_dim, features).bias(options.generator_bias)));
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
  int64_t inputs = options.latent_dim;
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

void add_convolution(nn::Sequential& layers, DcganDiscriminatorNorm norm,
                     const nn::Conv2dOptions& options) {
  if (norm == DcganDiscriminatorNorm::kSpectral) {
    layers->push_back(SpectralConv2d(options));
  } else {
    layers->push_back(nn::Conv2d(options));
  }
}

void add_head(nn::Sequential& layers, const DcganOptions& options, const DcganLayout& layout) {
  const bool bias = options.discriminator_bias;
  if (options.discriminator_head == DcganHead::kConvolution) {
    add_convolution(layers, options.discriminator_norm,
                    nn::Conv2dOptions(layout.head_channels, 1, layout.head_size).bias(bias));
    layers->push_back(nn::Flatten());
  } else if (options.discriminator_norm == DcganDiscriminatorNorm::kSpectral) {
    const int64_t inputs = layout.head_channels * layout.head_size * layout.head_size;
    layers->push_back(nn::Flatten());
    layers->push_back(SpectralLinear(nn::LinearOptions(inputs, 1).bias(bias)));
  } else {
    layers->push_back(nn::Identity());  // the place of the Flatten that MapLinear does
    layers->push_back(MapLinear(layout.head_channels, layout.head_size, 1, bias));
  }
}

void add_linear(nn::Sequential& layers, const DcganOptions& options, int64_t inputs,
                int64_t outputs) {
  const auto wanted = nn::LinearOptions(inputs, outputs).bias(options.discriminator_bias);
  if (options.discriminator_norm == DcganDiscriminatorNorm::kSpectral) {
    layers->push_back(SpectralLinear(wanted));
  } else {
    layers->push_back(nn::Linear(wanted));
  }
}

void add_dense_discriminator(nn::Sequential& layers, const DcganOptions& options,
                             const DcganLayout& layout) {
  layers->push_back(nn::Flatten());
  int64_t inputs = values_per_image(options);
  for (const int64_t width : layout.discriminator_widths) {
    add_linear(layers, options, inputs, width);
    if (layers->size() > 2 && options.discriminator_norm == DcganDiscriminatorNorm::kBatch) {
      layers->push_back(nn::BatchNorm1d(width));
    }
    add_activation(layers, DcganActivation::kLeakyRelu, options.discriminator_slope);
    add_dropout(layers, options.discriminator_dropout);
    inputs = width;
  }
  add_linear(layers, options, inputs, 1);
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
    add_convolution(layers, options.discriminator_norm,
                    nn::Conv2dOptions(stage.in_channels, stage.out_channels, stage.kernel)
                        .stride(stage.stride)
                        .padding(stage.padding)
                        .bias(options.discriminator_bias));
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
  initialise(*this, options);
}

torch::Tensor DcganGeneratorImpl::forward(const torch::Tensor& z) {
  return main_->forward(takes_vectors_ ? z : z.unsqueeze(2).unsqueeze(3));
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
  initialise(*this, options);
}

torch::Tensor DcganDiscriminatorImpl::forward(const torch::Tensor& images) {
  return main_->forward(gain_ == 1 ? images : gain_ * images).flatten();
}

}  // namespace gantrain
