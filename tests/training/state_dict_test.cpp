#include "gantrain/training/state_dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

torch::nn::Sequential layers() {
  return torch::nn::Sequential(torch::nn::Linear(2, 3), torch::nn::BatchNorm1d(3));
}

std::vector<std::string> keys(const Value::Dict& dict) {
  std::vector<std::string> names;
  for (const auto& [key, value] : dict) {
    names.push_back(key);
  }
  return names;
}

std::string message_of(torch::nn::Module& module, const Value& saved) {
  try {
    load_state_dict(module, saved, "g.pt: networks.generator");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
    return error.what();
  }
  return "";
}

TEST(StateDict, HasPythonsKeysInPythonsOrder) {
  EXPECT_EQ(keys(state_dict(*layers())),
            (std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean",
                                      "1.running_var", "1.num_batches_tracked"}));
}

TEST(StateDict, LoadsWhatItSaved) {
  auto a = layers();
  auto b = layers();
  load_state_dict(*b, Value(state_dict(*a)), "x");
  EXPECT_TRUE(torch::equal(a->parameters()[0], b->parameters()[0]));
}

TEST(StateDict, ListsDifferencesAndLoadsNothing) {
  auto network = layers();
  const torch::Tensor before = network->parameters()[0].clone();
  Value::Dict saved = state_dict(*layers());
  saved[1].second = torch::zeros({5});
  saved.erase(saved.begin() + 2);
  saved.emplace_back("extra", torch::zeros({1}));
  EXPECT_EQ(
      message_of(*network, Value(saved)),
      "g.pt: networks.generator: does not fit this network; nothing was loaded. 3 differences:\n"
      "  0.bias: file has [5], expected [3]\n"
      "  1.weight: missing in the file (expected [3])\n"
      "  extra: in the file, not expected");
  EXPECT_TRUE(torch::equal(before, network->parameters()[0]));
}

TEST(StateDict, ShowsTheFirstTenDifferences) {
  auto network = layers();
  Value::Dict saved;
  for (int i = 0; i < 20; ++i) {
    saved.emplace_back("extra" + std::to_string(i), torch::zeros({1}));
  }
  const std::string message = message_of(*network, Value(saved));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 11);
  EXPECT_THAT(message, testing::EndsWith("\n  ..."));
}

}  // namespace
}  // namespace gantrain
