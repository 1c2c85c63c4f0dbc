// gantrain_parity: trains a few steps on given images and latents and writes what happened, or what
// a file's generator makes, for comparison with Python twins. tests/python/parity.py describes the
// arguments and the format of both files.

#include <algorithm>
#include <any>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/data/dataset.h"
#include "gantrain/models/dcgan_options.h"
#include "gantrain/models/registry.h"
#include "gantrain/nn/dropout.h"
#include "gantrain/runtime/device.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/run_config.h"
#include "gantrain/training/state_dict.h"
#include "gantrain/training/training_state.h"

#include "models/map_network.h"
#include "training/metric_sums.h"
#include "training/phase_runner.h"

namespace gantrain {
namespace {

constexpr const char* kUsage =
    "gantrain_parity --config FILE [--set KEY=VALUE]... --inputs IN.pt --steps N --out OUT.pt, or "
    "gantrain_parity --ckpt G.pt --inputs IN.pt --out OUT.pt";

struct Arguments {
  std::filesystem::path config, checkpoint, inputs, out;
  std::vector<std::string> overrides;
  int64_t steps = 0;
};

Arguments parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    const std::string value = words[i + 1];
    if (name == "--config") {
      arguments.config = value;
    } else if (name == "--ckpt") {
      arguments.checkpoint = value;
    } else if (name == "--set") {
      arguments.overrides.push_back(value);
    } else if (name == "--inputs") {
      arguments.inputs = value;
    } else if (name == "--steps") {
      arguments.steps = std::stoll(value);
    } else if (name == "--out") {
      arguments.out = value;
    } else {
      throw Error(ErrorKind::kUsage, "unknown option " + name + "; usage: " + kUsage);
    }
  }
  if (arguments.config.empty() == arguments.checkpoint.empty() || arguments.inputs.empty() ||
      arguments.out.empty()) {
    throw Error(ErrorKind::kUsage, std::string("usage: ") + kUsage);
  }
  return arguments;
}

// Stands where the data set would: its blank images are overwritten by the given ones.
class BlankImages : public Dataset {
 public:
  BlankImages(const BatchGeometry& geometry, int64_t count) {
    info_.description = "blank images";
    info_.count = count;
    info_.geometry = geometry.images;
    info_.input_geometry = geometry.inputs;
    info_.classes = geometry.classes;
  }
  const DatasetInfo& info() const override { return info_; }
  void gather(const std::vector<Draw>&, HostBatch& out) const override {
    out.images.zero_();
    for (const torch::Tensor& more : {out.inputs, out.labels}) {
      if (more.defined()) {
        more.zero_();
      }
    }
  }

 private:
  DatasetInfo info_;
};

struct GivenStep {
  torch::Tensor images;
  torch::Tensor inputs;                                      // where the model is given some
  torch::Tensor real_labels;                                 // of images, where it has classes
  std::vector<std::pair<std::string, torch::Tensor>> draws;  // by stream, z among them

  torch::Tensor z() const {
    for (const auto& [stream, value] : draws) {
      if (stream == "z") {
        return value;
      }
    }
    throw Error(ErrorKind::kData, "the inputs have no z");
  }
};

GivenStep given_step(const Value& inputs, int64_t step) {
  const Value* entry = inputs.find("steps");
  entry = entry == nullptr ? nullptr : entry->find(std::to_string(step));
  if (entry == nullptr || entry->find("images") == nullptr) {
    throw Error(ErrorKind::kData, "the inputs have no images for step " + std::to_string(step));
  }
  GivenStep given{entry->find("images")->as<torch::Tensor>(), {}, {}, {}};
  for (const auto& [stream, value] : entry->as<Value::Dict>()) {
    if (stream == "inputs") {
      given.inputs = value.as<torch::Tensor>();
    } else if (stream == "real_labels") {
      given.real_labels = value.as<torch::Tensor>();
    } else if (stream != "images") {
      given.draws.emplace_back(stream, value.as<torch::Tensor>());
    }
  }
  return given;
}

// The state dictionary as it is now.
Value::Dict frozen(const torch::nn::Module& module) {
  Value::Dict copy = state_dict(module);
  for (auto& [key, value] : copy) {
    value = value.as<torch::Tensor>().detach().clone();
  }
  return copy;
}

Value::Dict frozen(const NetworkMap& networks) {
  Value::Dict copy;
  for (const auto& network : networks) {
    copy.emplace_back(network.key(), frozen(*network.value()));
  }
  return copy;
}

// Runs the layers of "main" one by one. Every dropout draws from a seed of its own, so that its
// mask can be had by feeding it ones.
torch::Tensor run_layers(torch::nn::Module& network, torch::Tensor values, Value::Dict& masks) {
  auto& layers = *network.named_children()["main"]->as<torch::nn::SequentialImpl>();
  if (layers[0]->as<torch::nn::ConvTranspose2dImpl>() != nullptr) {
    values = values.unsqueeze(2).unsqueeze(3);
  }
  masks.clear();
  uint64_t index = 0;
  for (auto layer = layers.begin(); layer != layers.end(); ++layer, ++index) {
    if (layer->ptr()->as<DropoutImpl>() != nullptr) {
      torch::manual_seed(index);
      masks.emplace_back("main." + std::to_string(index),
                         layer->forward<torch::Tensor>(torch::ones_like(values)));
      torch::manual_seed(index);
    }
    values = layer->forward<torch::Tensor>(values);
  }
  return values;
}

// Whether both networks are their layers "main", one after the other, and nothing besides.
bool is_chain(const NetworkMap& networks) {
  return std::all_of(networks.begin(), networks.end(), [](const auto& network) {
    const auto children = network.value()->named_children();
    return children.size() == 1 && children.contains("main");
  });
}

// The entries "outputs" and "masks". gain: of what the discriminator is given. The networks stay as
// they were.
void add_outputs(NetworkMap& networks, const GivenStep& given, double gain, Value& result) {
  torch::NoGradGuard no_grad;
  torch::nn::Module& generator = *networks["generator"];
  torch::nn::Module& discriminator = *networks["discriminator"];
  Value::Dict generator_masks;
  Value::Dict discriminator_masks;
  const torch::Tensor fakes = run_layers(generator, given.z(), generator_masks);
  const torch::Tensor real_logits =
      run_layers(discriminator, gain * given.images, discriminator_masks).flatten();
  const torch::Tensor fake_logits =
      run_layers(discriminator, gain * fakes, discriminator_masks).flatten();
  result["outputs"] =
      Value::Dict{{"fakes", fakes}, {"real_logits", real_logits}, {"fake_logits", fake_logits}};
  result["masks"] = Value::Dict{{"generator", std::move(generator_masks)},
                                {"discriminator", std::move(discriminator_masks)}};
  load_networks(networks, result["initial"], "initial");
}

// The entry "outputs" of networks of maps: what each makes, in train mode, of the probe that is
// given for it. The networks stay as they were.
void add_probed(NetworkMap& networks, const Value::Dict& probes, Value& result) {
  torch::NoGradGuard no_grad;
  Value outputs = Value::Dict{};
  for (const auto& [name, probe] : probes) {
    auto& network = dynamic_cast<MapNetwork&>(*networks[name]);
    outputs[name] = network.forward(probe.as<torch::Tensor>());
  }
  result["outputs"] = std::move(outputs);
  load_networks(networks, result["initial"], "initial");
}

// {network: {dropout: what it multiplies by from now on}}.
void give_masks(NetworkMap& networks, const Value::Dict& masks) {
  for (const auto& [name, of_network] : masks) {
    auto layers = networks[name]->named_modules();
    for (const auto& [key, mask] : of_network.as<Value::Dict>()) {
      layers[key]->as<DropoutImpl>()->give_factors(mask.as<torch::Tensor>());
    }
  }
}

Value::Dict losses_of(MetricSums& sums) {
  constexpr const char* kPrefix = "Loss/";
  Value::Dict losses;
  for (const auto& [name, value] : sums.means()) {
    if (name.rfind(kPrefix, 0) == 0) {
      losses.emplace_back(name.substr(std::string(kPrefix).size()), value);
    }
  }
  sums.reset();
  return losses;
}

// The entries that training makes. The steps are the trainer's own; only images and draws come from
// outside.
void add_training(TrainingState& state, const Value& inputs, int64_t steps, Value& result) {
  state.runner().set_context_hook([&](StepContext& context) {
    const GivenStep given = given_step(inputs, context.step());
    torch::NoGradGuard no_grad;
    context.batch().images.copy_(given.images);
    if (given.inputs.defined()) {
      context.batch().inputs.copy_(given.inputs);
    }
    if (given.real_labels.defined()) {
      context.batch().labels.copy_(given.real_labels);
    }
    for (const auto& [stream, value] : given.draws) {
      context.inject(stream, value);
    }
  });
  Value& gradients = result["gradients_step0"];
  state.runner().set_gradient_hook([&](const Phase&, const std::vector<NamedParameter>& parameters,
                                       const std::vector<torch::Tensor>& values) {
    for (size_t i = 0; state.steps_done() == 0 && i < parameters.size(); ++i) {
      if (!values[i].defined()) {
        continue;  // this update leaves it alone
      }
      const size_t dot = parameters[i].name.find('.');
      gradients[parameters[i].name.substr(0, dot)][parameters[i].name.substr(dot + 1)] =
          values[i].detach().clone();
    }
  });
  Value losses = Value::Dict{};
  for (int64_t step = 0; step < steps; ++step) {
    state.step();
    losses[std::to_string(step)] = losses_of(state.metrics());
  }
  result["losses"] = std::move(losses);
  result["final"] = frozen(state.model().networks());
  result["ema"] = frozen(state.best_networks());
  const Value saved = state.save();
  result["state"] = *saved.find("state")->find("model");
}

// What the generator of a file makes, the way `sample` and `translate` run it.
void run_generator(const Arguments& arguments) {
  const LoadedGenerator loaded =
      load_generator(arguments.checkpoint, WeightChoice::kEma, torch::kCPU);
  const Value inputs = read_pt_file(arguments.inputs).root;
  const Value* labels = inputs.find("labels");
  Value made = Value::Dict{};
  for (const auto& [name, value] : inputs.as<Value::Dict>()) {
    if (&value == labels) {
      continue;
    }
    GeneratorInput input;
    (name == "z" ? input.z : input.images) = value.as<torch::Tensor>();
    if (labels != nullptr) {
      input.labels = labels->as<torch::Tensor>();
    }
    input.backward = name == "back";
    made[name] = loaded.generator->run(input);
  }
  write_pt_file(arguments.out, made);
}

void run_networks(const Arguments& arguments) {
  const RunConfig config = load_run_config(arguments.config, arguments.overrides);
  const Runtime runtime = start_runtime(config.runtime, arguments.config.string());
  const Value inputs = read_pt_file(arguments.inputs).root;
  TrainingState state(
      config, runtime,
      std::make_shared<BlankImages>(batch_geometry(config.model), config.training.batch_size));
  Value result = Value::Dict{};
  result["config"] = config.config.to_json();
  result["initial"] = frozen(state.model().networks());
  NetworkMap& networks = state.model().networks();
  if (const Value* masks = inputs.find("masks")) {
    give_masks(networks, masks->as<Value::Dict>());
  }
  if (const Value* probes = inputs.find("probes")) {
    add_probed(networks, probes->as<Value::Dict>(), result);
  } else if (is_chain(networks)) {
    const auto& options = std::any_cast<const DcganOptions&>(config.model.options);
    add_outputs(networks, given_step(inputs, 0), options.discriminator_gain, result);
  }
  if (arguments.steps > 0) {
    add_training(state, inputs, arguments.steps, result);
  }
  write_pt_file(arguments.out, result);
}

void run(const Arguments& arguments) {
  if (arguments.checkpoint.empty()) {
    run_networks(arguments);
  } else {
    run_generator(arguments);
  }
}

}  // namespace
}  // namespace gantrain

int main(int count, char** words) {
  try {
    gantrain::run(gantrain::parse(count, words));
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
