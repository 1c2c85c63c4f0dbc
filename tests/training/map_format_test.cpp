#include <algorithm>

#include <gtest/gtest.h>

#include "gantrain/nn/module_tools.h"

#include "training/tiny_run.h"

namespace gantrain {
namespace {

constexpr auto kLast = torch::MemoryFormat::ChannelsLast;
constexpr auto kContiguous = torch::MemoryFormat::Contiguous;
constexpr double kRounding = 1e-10;

// Plain steps in double precision; masks of dropout are drawn in the order of memory.
RunConfig exact_config(const std::string& model) {
  const bool translates = model == "pix2pix" || model == "cyclegan";
  std::vector<std::string> words = {"runtime.precision=fp64", "optimizer.generator.type=sgd",
                                    "optimizer.discriminator.type=sgd"};
  if (translates) {
    words.emplace_back("model.generator_dropout=0");
  } else if (model.starts_with("dcgan")) {
    words.emplace_back("model.discriminator_dropout=0");
  }
  return tiny_config_of(model, words);
}

class MapFormat : public testing::TestWithParam<std::string> {};

TEST_P(MapFormat, ChangesWhereNumbersLieAndNoNumber) {
  const RunConfig config = exact_config(GetParam());
  auto last = tiny_state(config, kLast);
  auto contiguous = tiny_state(config, kContiguous);
  for (int step = 0; step < 3; ++step) {
    last->step();
    contiguous->step();
  }
  double most = 0;
  for (const auto& network : last->model().networks()) {
    const auto& other = *contiguous->model().networks()[network.key()];
    EXPECT_EQ(map_format_of(*network.value()), kLast) << network.key();
    EXPECT_EQ(map_format_of(other), kContiguous) << network.key();
    const auto others = other.named_parameters();
    for (const auto& item : network.value()->named_parameters()) {
      EXPECT_TRUE(others[item.key()].is_contiguous()) << item.key();
      most = std::max(most, (item.value() - others[item.key()]).abs().max().item<double>());
    }
  }
  EXPECT_LT(most, kRounding);
}

INSTANTIATE_TEST_SUITE_P(Training, MapFormat, testing::ValuesIn(tiny_models()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace gantrain
