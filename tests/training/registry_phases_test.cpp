#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "gantrain/training/state_dict.h"

#include "training/phase_runner.h"
#include "training/saver.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

// Every model of the registry, each with options that make it small. A new model needs its row here
// only when its defaults are too large for a test.
class EveryModel : public testing::TestWithParam<std::string> {
 protected:
  static RunConfig config() { return tiny_config_of(GetParam()); }
};

torch::Tensor blank(int64_t count, const ImageGeometry& geometry, torch::Device device) {
  return torch::zeros({count, geometry.channels, geometry.height, geometry.width}, device);
}

using Weights = std::map<std::string, torch::Tensor>;

Weights weights_of(TrainingState& state) {
  Weights weights;
  for (const auto& network : state.model().networks()) {
    for (const auto& item : network.value()->named_parameters()) {
      weights[network.key() + "." + item.key()] = item.value().detach().clone();
    }
  }
  return weights;
}

// Tensors without data: any read throws, and so does any CPU tensor that gets mixed in. set_data()
// refuses the change of type, so the tensors themselves are exchanged; nothing refers to their old
// storage yet.
void move_to_meta(torch::nn::Module& module) {
  const auto exchange = [](const torch::Tensor& tensor) {
    const torch::Tensor meta = torch::empty_like(tensor, torch::device(torch::kMeta));
    tensor.unsafeGetTensorImpl()->shallow_copy_from(meta.getIntrusivePtr());
  };
  for (const torch::Tensor& parameter : module.parameters()) {
    exchange(parameter);
  }
  for (const torch::Tensor& buffer : module.buffers()) {
    exchange(buffer);
  }
}

std::set<std::string> networks_that_differ(const Weights& before, const Weights& after) {
  std::set<std::string> names;
  for (const auto& [key, value] : before) {
    if (!torch::equal(value, after.at(key))) {
      names.insert(key.substr(0, key.find('.')));
    }
  }
  return names;
}

TEST_P(EveryModel, APhaseMovesItsNetworksAndNoOther) {
  auto state = tiny_state(config());
  Weights before = weights_of(*state);
  std::map<std::string, std::set<std::string>> moved;
  std::string last_phase;
  state->runner().set_gradient_hook([&](const Phase& phase, const auto&, const auto&) {
    const Weights now = weights_of(*state);
    if (!last_phase.empty()) {
      moved[last_phase] = networks_that_differ(before, now);
    }
    before = now;
    last_phase = phase.name;
  });
  state->step();
  moved[last_phase] = networks_that_differ(before, weights_of(*state));
  for (const Phase& phase : state->model().phases(0)) {
    EXPECT_EQ(moved[phase.name],
              std::set<std::string>(phase.networks.begin(), phase.networks.end()))
        << phase.name;
  }
}

TEST_P(EveryModel, RunsOnTheMetaDeviceWhereAnyHostReadThrows) {
  const RunConfig tiny = config();
  auto model = build_model(tiny.model);
  for (const auto& network : model->networks()) {
    move_to_meta(*network.value());
  }
  Runtime runtime;
  runtime.device = torch::kMeta;
  const RandomStreams streams(1, 0, torch::kMeta);
  model->place_state(torch::kMeta, torch::kFloat);
  const BatchGeometry geometry = batch_geometry(tiny.model);
  const Batch batch{
      blank(4, geometry.images, torch::kMeta),
      geometry.has_inputs() ? blank(4, geometry.inputs, torch::kMeta) : torch::Tensor(),
      geometry.classes > 0 ? torch::zeros({4}, torch::dtype(torch::kLong).device(torch::kMeta))
                           : torch::Tensor()};
  StepContext context(streams, runtime, batch, 0, 0, 0, 4);
  model->prepare(context);
  for (const Phase& phase : model->phases(0)) {
    torch::Tensor loss;
    for (const LossTerm& term : model->losses(phase, context)) {
      EXPECT_EQ(term.value.dim(), 0) << term.name;
      loss = loss.defined() ? loss + term.value : term.value;
    }
    std::vector<torch::Tensor> parameters;
    for (const std::string& name : phase.networks) {
      for (const auto& parameter : model->networks()[name]->parameters()) {
        parameters.push_back(parameter);
      }
    }
    const auto gradients =
        torch::autograd::grad({loss}, parameters, {}, /*retain_graph=*/true, false, true);
    EXPECT_TRUE(std::any_of(gradients.begin(), gradients.end(),
                            [](const auto& each) { return each.defined(); }));
  }
}

TEST_P(EveryModel, PicturesHaveTheGeometryAndTheRange) {
  const RunConfig tiny = config();
  auto networks = build_generator_networks(tiny.model);
  auto generator = build_generator(tiny.model, networks);
  const BatchGeometry all = batch_geometry(tiny.model);
  GeneratorInput input;
  input.z = torch::randn({3, generator->latent_dim()});
  if (all.has_inputs()) {
    ASSERT_TRUE(generator->picture_task());
    input.images = torch::rand_like(blank(3, all.inputs, torch::kCPU)) * 2 - 1;
  }
  EXPECT_EQ(generator->classes(), all.classes);
  if (all.classes > 0) {
    input.labels = torch::tensor({0, 1, 3});
  }
  const torch::Tensor images = generator->run(input);
  const ImageGeometry& geometry = all.images;
  EXPECT_EQ(images.sizes(),
            (torch::IntArrayRef{3, geometry.channels, geometry.height, geometry.width}));
  EXPECT_LE(images.abs().max().item<double>(), 1.0);
  EXPECT_FALSE(images.requires_grad());
}

TEST_P(EveryModel, OptionsSurviveTheRoundTripThroughJson) {
  const RunConfig tiny = config();
  const RunConfig again = parse_run_config(tiny.config.to_json(), "again");
  EXPECT_TRUE(compare_configs(tiny.config, again.config).empty());
}

// Micro-batches and the cut of a resume may not change which classes were drawn.
TEST_P(EveryModel, ResumesBitForBitInMicroBatches) {
  RunConfig tiny = config();
  override_config(tiny.config, {"training.micro_batch_size=2"});
  tiny = make_run_config(std::move(tiny.config));
  auto whole = tiny_state(tiny);
  whole->step();
  const Value middle = HostCopies().copy(whole->save());
  whole->step();
  whole->step();
  auto resumed = tiny_state(tiny);
  resumed->load(middle, "checkpoint");
  resumed->step();
  resumed->step();
  const Weights wanted = weights_of(*whole);
  for (const auto& [key, value] : weights_of(*resumed)) {
    EXPECT_TRUE(torch::equal(value, wanted.at(key))) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryModel, testing::ValuesIn(tiny_models()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace gantrain
