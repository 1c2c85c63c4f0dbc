#include "training/transfer.h"

#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/version.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/state_dict.h"

#include "support/temporary_folder.h"
#include "training/freeze.h"
#include "training/saver.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

Value training_file(const TrainingState& state, const RunConfig& config) {
  FileHeader header;
  header.kind = kTrainingKind;
  header.config_text = config.config.to_json();
  header.version = version();
  header.step = state.steps_done();
  Value root = HostCopies().copy(state.save());
  root["gantrain"] = header_value(header);
  return root;
}

bool same_network(const NetworkMap& a, const NetworkMap& b, const std::string& network) {
  const Value::Dict first = state_dict(*a[network]);
  const Value::Dict second = state_dict(*b[network]);
  return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                    [](const auto& x, const auto& y) {
                      return torch::equal(x.second.template as<torch::Tensor>(),
                                          y.second.template as<torch::Tensor>());
                    });
}

class TransferTest : public testing::Test {
 protected:
  void SetUp() override {
    const RunConfig config = tiny_config();
    earlier = tiny_state(config);
    for (int step = 0; step < 3; ++step) {
      earlier->step();
    }
    write_pt_file(file, training_file(*earlier, config));
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "earlier.pt";
  std::unique_ptr<TrainingState> earlier;
};

TEST_F(TransferTest, TakesEverythingOfTheSameModelAndStartsAtStepZero) {
  auto state = tiny_state(tiny_config({"seed=9"}));
  const Transfer transfer = transfer_weights(file, *state);
  EXPECT_EQ(transfer.step, 3);
  EXPECT_TRUE(transfer.mismatched.empty() && transfer.left.empty() && transfer.unused.empty());
  EXPECT_TRUE(same_network(state->model().networks(), earlier->best_networks(), "generator"))
      << "the averaged generator";
  EXPECT_TRUE(
      same_network(state->model().networks(), earlier->model().networks(), "discriminator"));
  EXPECT_TRUE(same_network(state->best_networks(), earlier->best_networks(), "generator"));
  EXPECT_EQ(state->steps_done(), 0);
  EXPECT_EQ(state->images_seen(), 0);
}

TEST_F(TransferTest, TakesWhatFitsAndListsTheRest) {
  auto state = tiny_state(tiny_config(
      {"model.image_channels=3", "model.generator_bias=true", "model.generator_norm=none"}));
  const Value before = HostCopies().copy(save_networks(state->model().networks()));
  const Transfer transfer = transfer_weights(file, *state);
  EXPECT_THAT(transfer.mismatched,
              testing::ElementsAre("discriminator.main.0.weight: file has [4, 1, 4, 4], expected "
                                   "[4, 3, 4, 4]"));
  EXPECT_THAT(transfer.left,
              testing::ElementsAre("generator.main.0.bias", "generator.main.2.weight",
                                   "generator.main.2.bias"));
  EXPECT_THAT(transfer.unused,
              testing::IsSupersetOf({"generator.main.1.running_mean", "generator.main.3.weight"}));
  const Value::Dict now = state_dict(*state->model().networks()["generator"]);
  const Value::Dict then = state_dict(*earlier->best_networks()["generator"]);
  EXPECT_TRUE(torch::equal(now[0].second.as<torch::Tensor>(), then[0].second.as<torch::Tensor>()));
  for (const auto& [key, value] : now) {
    if (key == "main.2.weight") {
      EXPECT_TRUE(torch::equal(value.as<torch::Tensor>(),
                               before.find("generator")->find(key)->as<torch::Tensor>()));
    }
  }
  const std::string text = describe(transfer);
  EXPECT_THAT(text, HasSubstr("of another shape, as initialised (1):"));
  EXPECT_THAT(text, HasSubstr(" (step 3): took "));
}

TEST_F(TransferTest, NothingThatFitsIsRefused) {
  auto state = tiny_state(tiny_config(
      {"model.resolution=16", "model.generator_layers=dense", "model.discriminator_layers=dense",
       "model.generator_channels=[6]", "model.discriminator_channels=[6, 6]"}));
  try {
    transfer_weights(file, *state);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
    EXPECT_THAT(error.what(), HasSubstr("nothing in it fits this model"));
  }
}

TEST_F(TransferTest, NumbersThatAreNotFiniteAreRefusedAndNothingIsLoaded) {
  earlier->model().networks()["discriminator"]->parameters().back().data().fill_(
      std::numeric_limits<float>::infinity());
  write_pt_file(file, training_file(*earlier, tiny_config()));
  auto state = tiny_state(tiny_config({"seed=9"}));
  const Value before = HostCopies().copy(save_networks(state->model().networks()));
  EXPECT_THROW(transfer_weights(file, *state), Error);
  const Value after = save_networks(state->model().networks());
  for (const auto& [key, value] : before.find("generator")->as<Value::Dict>()) {
    EXPECT_TRUE(torch::equal(value.as<torch::Tensor>(),
                             after.find("generator")->find(key)->as<torch::Tensor>()));
  }
}

TEST(FitsPattern, AStarStandsForAnyCharacters) {
  for (const auto& [name, pattern] : {std::pair{"generator.main.0.weight", "generator.main.0.*"},
                                      {"generator.main.0.weight", "*.weight"},
                                      {"generator.main.0.weight", "*main*we*t"},
                                      {"generator.main.0.weight", "generator.main.0.weight"},
                                      {"generator.main.0.weight", "*"},
                                      {"a.b", "a.b*"}}) {
    EXPECT_TRUE(fits_pattern(name, pattern)) << pattern;
  }
  for (const auto& [name, pattern] : {std::pair{"generator.main.0.weight", "main.0"},
                                      {"generator.main.0.weight", "generator.main.1.*"},
                                      {"generator.main.0.weight", "*.bias"},
                                      {"generator.main.0.weight", ""},
                                      {"a.b", "a?b"}}) {
    EXPECT_FALSE(fits_pattern(name, pattern)) << pattern;
  }
}

TEST(Freeze, FrozenParametersNeverMoveAndTheOthersDo) {
  auto state = tiny_state(
      tiny_config({R"(training.freeze=["discriminator.main.0.*", "generator.*.bias"])",
                   "penalty.weight_clip=0.001", "optimizer.discriminator.weight_decay=0.5"}));
  ASSERT_THAT(state->frozen(), testing::Contains("discriminator.main.0.weight"));
  const Value before = HostCopies().copy(save_networks(state->model().networks()));
  for (int step = 0; step < 3; ++step) {
    state->step();
  }
  const std::set<std::string> frozen(state->frozen().begin(), state->frozen().end());
  for (const auto& network : state->model().networks()) {
    for (const auto& parameter : network.value()->named_parameters()) {
      const auto& was = before.find(network.key())->find(parameter.key())->as<torch::Tensor>();
      EXPECT_EQ(torch::equal(parameter.value(), was),
                frozen.contains(network.key() + "." + parameter.key()))
          << parameter.key();
    }
  }
}

TEST(Freeze, WhatFitsNothingOrLeavesNothingIsRefused) {
  for (const auto& [pattern, message] :
       {std::pair{"generator.main.0.wait",
                  "\"generator.main.0.wait\" fits no parameter of the model; did you mean "
                  "\"generator.main.0.weight\"?"},
        {"discriminator.*", "all of discriminator is frozen, so the phase \"d\" would move"},
        {"*", "would move nothing"}}) {
    const std::string set = R"(training.freeze=[")" + std::string(pattern) + R"("])";
    try {
      tiny_state(tiny_config({set}));
      FAIL() << pattern;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      EXPECT_THAT(error.what(), HasSubstr("--set: training.freeze: ")) << pattern;
      EXPECT_THAT(error.what(), HasSubstr(message)) << pattern;
    }
  }
}

}  // namespace
}  // namespace gantrain
