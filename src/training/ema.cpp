#include "gantrain/training/ema.h"

#include <algorithm>
#include <cmath>

#include <ATen/ops/_fused_sgd.h>

namespace gantrain {

namespace {

// Parameters and buffers of a network by their keys, in order.
torch::OrderedDict<std::string, torch::Tensor> tensors_of(const torch::nn::Module& network) {
  auto tensors = network.named_parameters();
  tensors.update(network.named_buffers());
  return tensors;
}

// What nn/spectral_norm iterates on: the mean of unit vectors is none, and would make the singular
// value too small.
bool is_singular_vector(const std::string& key) {
  return key.ends_with("weight_u") || key.ends_with("weight_v");
}

void copy_unless(const torch::Tensor& skipped, const std::vector<torch::Tensor>& sources,
                 const std::vector<torch::Tensor>& targets) {
  for (size_t i = 0; i < targets.size(); ++i) {
    targets[i].copy_(torch::where(skipped, targets[i], sources[i]));
  }
}

}  // namespace

const OptionTable& ema_options() {
  static const OptionTable table = OptionTable::of<EmaOptions>(
      "An exponential moving average of the generator's weights, used for pictures and g.pt.",
      {
          boolean("enabled", &EmaOptions::enabled,
                  "Keep the average; off, pictures come from the weights of the moment."),
          number("half_life_kimg", &EmaOptions::half_life_kimg,
                 "Images (in thousands) after which a weight counts half; 0 is no averaging.")
              .range(0.0, 1e6)
              .unit("thousand images")
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"ema_kimg", "ema_decay", "decay"}),
          number("ramp_up", &EmaOptions::ramp_up,
                 "Early half-life is this part of the images seen; 0 takes the whole one at once.")
              .range(0.0, 1.0)
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"ema_rampup"}),
      });
  return table;
}

double ema_decay(const EmaOptions& options, int64_t batch_size, int64_t images_seen) {
  double half_life = 1000 * options.half_life_kimg;
  if (options.ramp_up > 0) {
    half_life = std::min(half_life, options.ramp_up * static_cast<double>(images_seen));
  }
  return half_life > 0 ? std::exp2(-static_cast<double>(batch_size) / half_life) : 0;
}

Ema::Ema(const EmaOptions& options, NetworkMap source, NetworkMap averaged)
    : options_(options), averaged_(std::move(averaged)) {
  const torch::NoGradGuard no_grad;
  for (const auto& network : averaged_) {
    const auto originals = tensors_of(*source[network.key()]);
    const auto copies = tensors_of(*network.value());
    TORCH_CHECK(originals.size() == copies.size(), "the average of \"", network.key(),
                "\" has another architecture");
    for (const auto& item : copies) {
      const torch::Tensor original = originals[item.key()].detach();
      const torch::Tensor copy = item.value().detach();
      TORCH_CHECK(original.sizes() == copy.sizes() && original.dtype() == copy.dtype(),
                  "the average of \"", network.key(), "\" has another \"", item.key(), "\"");
      TORCH_CHECK(original.strides() == copy.strides(), "the average of \"", network.key(),
                  "\" has \"", item.key(), "\" in another order in memory");
      const bool averages = copy.is_floating_point() && !is_singular_vector(item.key());
      (averages ? sources_ : copied_sources_).push_back(original);
      (averages ? targets_ : copied_targets_).push_back(copy);
    }
    for (torch::Tensor& parameter : network.value()->parameters()) {
      parameter.requires_grad_(false);
    }
  }
  restart();
}

void Ema::restart() {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < targets_.size(); ++i) {
    targets_[i].copy_(sources_[i]);
  }
  for (size_t i = 0; i < copied_targets_.size(); ++i) {
    copied_targets_[i].copy_(copied_sources_[i]);
  }
}

// A skipped step does not even look at the source, which may be NaN. The average is descent on half
// its squared distance to the source: one pass over both, by a kernel that knows how to skip.
void Ema::update(int64_t batch_size, int64_t images_seen, const torch::Tensor& skip) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor skipped = skip.gt(0);
  const double decay = ema_decay(options_, batch_size, images_seen);
  if (decay == 0) {
    copy_unless(skipped, sources_, targets_);
  } else if (!targets_.empty()) {
    at::_fused_sgd_(targets_, sources_, /*momentum_buffer_list=*/{}, /*weight_decay=*/1,
                    /*momentum=*/0, /*lr=*/1 - decay, /*dampening=*/0, /*nesterov=*/false,
                    /*maximize=*/true, /*is_first_step=*/false, /*grad_scale=*/{},
                    /*found_inf=*/skip);
  }
  copy_unless(skipped, copied_sources_, copied_targets_);
}

}  // namespace gantrain
