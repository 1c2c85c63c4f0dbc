// Every objective beside every penalty and backbone trains a step, or is refused with the keys that
// do not go together.

#include <algorithm>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/losses/objective.h"

#include "training/health.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

using Words = std::vector<std::string>;

std::vector<std::string> choices_of(const OptionTable& table, const std::string& key) {
  const Option* option = table.find(key);
  return option == nullptr ? std::vector<std::string>{} : option->choices;
}

struct Backbone {
  std::string model;  // of tiny_config_of()
  Words words;
};

std::string name_of(const Backbone& backbone) {
  std::string name = backbone.model;
  for (const std::string& word : backbone.words) {
    name += '_';
    name += word.substr(word.find('=') + 1);
  }
  return std::regex_replace(name, std::regex("\\W"), "_");
}

void PrintTo(const Backbone& backbone, std::ostream* out) {
  *out << name_of(backbone);
}

// Each model of the registry with each norm that its discriminator can have; and what changes how
// it judges besides.
std::vector<Backbone> backbones() {
  std::vector<Backbone> all;
  for (const SectionVariant& variant : model_variants()) {
    Words plain;  // dropout would have every gradient penalty refused
    if (variant.table->find("discriminator_dropout") != nullptr) {
      plain.emplace_back("model.discriminator_dropout=0");
    }
    const auto norms = choices_of(*variant.table, "discriminator_norm");
    for (const std::string& norm : norms) {
      all.push_back({variant.name, plain});
      all.back().words.push_back("model.discriminator_norm=" + norm);
    }
    if (norms.empty()) {
      all.push_back({variant.name, plain});
    }
  }
  all.push_back({"dcgan",
                 {"model.discriminator_layers=dense", "model.discriminator_norm=none",
                  "model.discriminator_dropout=0"}});
  for (const std::string& conditional : conditional_dcgans()) {
    all.push_back(
        {conditional, {"model.discriminator_norm=none", "model.discriminator_dropout=0"}});
  }
  all.push_back({"sngan", {"model.discriminator_spectral=false"}});
  return all;
}

const std::vector<Words>& penalties() {
  static const std::vector<Words> all = {
      {},
      {"penalty.gradient=wgan_gp"},
      {"penalty.gradient=dragan"},
      {"penalty.r1_gamma=1"},
      {"penalty.r1_gamma=1", "penalty.r2_gamma=1", "penalty.interval=2"},
      {"penalty.weight_clip=0.01"},
      {R"(augment.policy=["color", "translation", "cutout"])"},
      {R"(augment.policy=["color"])", "augment.adaptive=true", "penalty.r1_gamma=1"},
  };
  return all;
}

size_t keys_named(const std::string& message) {
  const std::regex key(R"((model|objective|penalty|augment)\.[a-z0-9_]+)");
  std::set<std::string> found;
  for (std::sregex_iterator each(message.begin(), message.end(), key), end; each != end; ++each) {
    found.insert(each->str());
  }
  return found.size();
}

class EveryBackbone : public testing::TestWithParam<Backbone> {};

TEST_P(EveryBackbone, TakesAStepWithEachObjectiveAndPenaltyOrNamesBothKeys) {
  int64_t trained = 0;
  for (const std::string& objective : choices_of(objective_options(), "type")) {
    for (const Words& penalty : penalties()) {
      Words words = GetParam().words;
      words.insert(words.end(), {"objective.type=" + objective, "training.batch_size=2"});
      words.insert(words.end(), penalty.begin(), penalty.end());
      SCOPED_TRACE(testing::PrintToString(words));
      try {
        auto state = tiny_state(tiny_config_of(GetParam().model, words));
        state->step();
        EXPECT_EQ(state->health().read().skipped, 0);
        ++trained;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kConfig);
        EXPECT_GE(keys_named(error.what()), 2U) << error.what();
      }
    }
  }
  EXPECT_GE(trained, 14) << "each objective, plain and with clipped weights";
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryBackbone, testing::ValuesIn(backbones()),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace
}  // namespace gantrain
