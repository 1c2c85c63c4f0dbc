// Every objective with every penalty on every backbone, with and without classes: either a step is
// taken, or the pair is refused with both keys named.

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

#include "training/metric_sums.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

struct Part {
  const char* name;
  const char* type;  // of tiny_config_of()
  std::vector<std::string> overrides;
};

const std::vector<Part>& backbones() {
  static const std::vector<Part> parts = {
      {"dcgan_batch", "dcgan", {"model.discriminator_dropout=0"}},
      {"dcgan_dropout", "dcgan", {"model.discriminator_norm=none"}},
      {"dcgan_spectral",
       "dcgan",
       {"model.discriminator_norm=spectral", "model.discriminator_dropout=0"}},
      {"dcgan_dense",
       "dcgan",
       {"model.discriminator_layers=dense", "model.discriminator_norm=none",
        "model.discriminator_dropout=0"}},
      {"concat",
       "dcgan_concat",
       {"model.discriminator_norm=none", "model.discriminator_dropout=0"}},
      {"projection",
       "dcgan_projection",
       {"model.discriminator_norm=spectral", "model.discriminator_dropout=0"}},
      {"auxiliary",
       "dcgan_auxiliary",
       {"model.discriminator_norm=none", "model.discriminator_dropout=0"}},
      {"sngan", "sngan", {}},
      {"sngan_without_spectral", "sngan", {"model.discriminator_spectral=false"}},
      {"sagan", "sagan", {}},
  };
  return parts;
}

const std::vector<Part>& penalties() {
  static const std::vector<Part> parts = {
      {"none", "", {}},
      {"wgan_gp", "", {"penalty.gradient=wgan_gp"}},
      {"dragan", "", {"penalty.gradient=dragan"}},
      {"r1_and_r2", "", {"penalty.r1_gamma=1", "penalty.r2_gamma=1"}},
      {"lazy_r1", "", {"penalty.r1_gamma=1", "penalty.interval=2"}},
      {"weight_clip", "", {"penalty.weight_clip=0.1"}},
  };
  return parts;
}

std::vector<std::string> objectives() {
  for (const Option& option : objective_options().options()) {
    if (option.name == "type") {
      return option.choices;
    }
  }
  return {};
}

class ToolboxPairs : public testing::TestWithParam<std::tuple<Part, Part>> {};

TEST_P(ToolboxPairs, TakeAStepOrAreRefusedWithBothKeysNamed) {
  const auto& [backbone, penalty] = GetParam();
  ASSERT_GE(objectives().size(), 7U);
  for (const std::string& objective : objectives()) {
    std::vector<std::string> overrides = backbone.overrides;
    overrides.insert(overrides.end(), penalty.overrides.begin(), penalty.overrides.end());
    overrides.push_back("objective.type=" + objective);
    std::unique_ptr<TrainingState> state;
    try {
      state = tiny_state(tiny_config_of(backbone.type, overrides));
    } catch (const Error& refused) {
      const std::string message = refused.what();
      EXPECT_NE(message.find("penalty."), std::string::npos) << message;
      EXPECT_NE(message.find("model.discriminator_"), std::string::npos) << message;
      continue;
    }
    state->step();
    for (const auto& [name, value] : state->metrics().means()) {
      EXPECT_TRUE(std::isfinite(value)) << objective << ": " << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ToolboxPairs,
                         testing::Combine(testing::ValuesIn(backbones()),
                                          testing::ValuesIn(penalties())),
                         [](const auto& each) {
                           return std::string(std::get<0>(each.param).name) + "_with_" +
                                  std::get<1>(each.param).name;
                         });

}  // namespace
}  // namespace gantrain
