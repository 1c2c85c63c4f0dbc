#include "gantrain/archive/foreign_weights.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<NeededTensor> kNetwork = {{"main.0.weight", {3, 4, 2, 2}},
                                            {"main.1.weight", {4}},
                                            {"main.1.bias", {4}},
                                            {"main.1.running_mean", {4}},
                                            {"main.1.running_var", {4}},
                                            {"main.1.num_batches_tracked", {}},
                                            {"main.3.weight", {4, 1, 2, 2}},
                                            {"main.3.bias", {1}}};

// Another program's state dict of that network, keys beginning with `prefix`.
Value::Dict state_of(const std::string& prefix, const std::string& first, const std::string& norm,
                     const std::string& last) {
  Value::Dict state;
  const auto add = [&](const std::string& key, const torch::Tensor& tensor) {
    state.emplace_back(prefix + key, Value(tensor));
  };
  add(first + ".weight", torch::ones({3, 4, 2, 2}));
  add(norm + ".weight", torch::ones({4}) * 2);
  add(norm + ".bias", torch::ones({4}) * 3);
  add(norm + ".running_mean", torch::ones({4}) * 4);
  add(norm + ".running_var", torch::ones({4}) * 5);
  add(norm + ".num_batches_tracked", torch::tensor(6));
  add(last + ".weight", torch::ones({4, 1, 2, 2}) * 7);
  add(last + ".bias", torch::ones({1}) * 8);
  return state;
}

Value::Dict same_names(const std::string& prefix = "") {
  return state_of(prefix, "main.0", "main.1", "main.3");
}

Value dict(const std::string& key, Value value) {
  Value::Dict entries;
  entries.emplace_back(key, std::move(value));
  return entries;
}

std::string problem_of(const Value& root, const std::string& chosen = "") {
  try {
    find_foreign_weights(root, chosen, "f.pth");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
    return error.what();
  }
}

TEST(FindForeignWeights, AtTheTop) {
  const ForeignWeights found = find_foreign_weights(same_names(), "", "f.pth");
  EXPECT_EQ(found.place, "");
  EXPECT_EQ(found.tensors.size(), 8u);
  EXPECT_TRUE(found.others.empty());
}

TEST(FindForeignWeights, InContainersOfContainers) {
  Value root = dict("model", dict("state_dict", same_names("module.")));
  root["epoch"] = int64_t{3};
  root["optimizer"] = dict("state", dict("exp_avg", same_names()));
  const ForeignWeights found = find_foreign_weights(root, "", "f.pth");
  EXPECT_EQ(found.place, "model.state_dict");
  EXPECT_EQ(found.prefix, "module.");
  EXPECT_EQ(found.tensors.front().first, "main.0.weight");
}

TEST(FindForeignWeights, PrefixesOfWrappersInAnyOrder) {
  const ForeignWeights found = find_foreign_weights(same_names("_orig_mod.module."), "", "f.pth");
  EXPECT_EQ(found.prefix, "_orig_mod.module.");
  EXPECT_EQ(found.tensors.front().first, "main.0.weight");
}

TEST(FindForeignWeights, GeneratorsBeforeDiscriminatorsAndAveragesBeforeBoth) {
  Value root = dict("discriminator", same_names());
  root["generator"] = same_names();
  EXPECT_EQ(find_foreign_weights(root, "", "f.pth").place, "generator");
  root["g_ema"] = same_names();
  const ForeignWeights found = find_foreign_weights(root, "", "f.pth");
  EXPECT_EQ(found.place, "g_ema");
  EXPECT_THAT(found.others, ElementsAre("discriminator", "generator"));
  EXPECT_EQ(find_foreign_weights(root, "discriminator", "f.pth").place, "discriminator");
}

TEST(FindForeignWeights, TheGeneratorsPartOfOneModule) {
  Value::Dict both = same_names("netG.");
  for (auto& entry : same_names("netD.")) {
    both.push_back(entry);
  }
  const ForeignWeights found = find_foreign_weights(dict("state_dict", both), "", "f.pth");
  EXPECT_EQ(found.place, "state_dict.netG");
  EXPECT_EQ(found.tensors.size(), 8u);
  EXPECT_EQ(found.tensors.front().first, "main.0.weight");
}

TEST(FindForeignWeights, RefusesWhatItCannotDecide) {
  Value root = dict("netG_A", same_names());
  root["netG_B"] = same_names();
  EXPECT_EQ(problem_of(root),
            "f.pth: holds the weights of several networks, at \"netG_A\" (8 tensors), \"netG_B\" "
            "(8 tensors); say which with --from");
  EXPECT_THAT(problem_of(root, "netG"), HasSubstr("holds no weights at \"netG\""));
  EXPECT_EQ(find_foreign_weights(root, "netG_B", "f.pth").place, "netG_B");
}

TEST(FindForeignWeights, RefusesFilesWithoutWeights) {
  EXPECT_THAT(problem_of(dict("loss", torch::ones({}))), HasSubstr("holds no weights"));
  EXPECT_THAT(problem_of(Value(int64_t{3})), HasSubstr("holds no weights"));
}

TEST(MatchWeights, ByName) {
  const WeightMatch match = match_weights(same_names(), kNetwork);
  EXPECT_TRUE(match.by_name);
  EXPECT_TRUE(match.differences.empty());
  ASSERT_EQ(match.pairs.size(), 8u);
  EXPECT_EQ(match.pairs[3].to, "main.1.running_mean");
  EXPECT_EQ(match.pairs[3].tensor[0].item<float>(), 4);
}

TEST(MatchWeights, ByOrderWhereTheNamesAreOthers) {
  const WeightMatch match = match_weights(state_of("", "up1", "up1_norm", "out"), kNetwork);
  EXPECT_FALSE(match.by_name);
  EXPECT_TRUE(match.differences.empty());
  ASSERT_EQ(match.pairs.size(), 8u);
  for (const auto& pair : match.pairs) {
    if (pair.to == "main.1.running_var") {
      EXPECT_EQ(pair.from, "up1_norm.running_var");
    }
    if (pair.to == "main.3.bias") {
      EXPECT_EQ(pair.tensor.item<float>(), 8);
    }
  }
}

TEST(MatchWeights, ByOrderWhereTheNormsStandAfterAllLayers) {
  Value::Dict state = state_of("", "conv1", "norm1", "conv2");
  std::stable_sort(state.begin(), state.end(),
                   [](const auto& a, const auto& b) { return a.first[0] < b.first[0]; });
  EXPECT_EQ(state[1].first, "conv2.weight");
  const WeightMatch match = match_weights(state, kNetwork);
  EXPECT_TRUE(match.differences.empty());
  EXPECT_EQ(match.pairs.size(), 8u);
}

TEST(MatchWeights, DropsStatisticsThatTheNetworkDoesNotKeep) {
  const std::vector<NeededTensor> instance = {{"model.1.weight", {4, 3, 7, 7}},
                                              {"model.1.bias", {4}}};
  Value::Dict state;
  for (const char* name : {"model.1", "other.1"}) {
    state.clear();
    state.emplace_back(name + std::string(".weight"), torch::ones({4, 3, 7, 7}));
    state.emplace_back(name + std::string(".bias"), torch::ones({4}));
    state.emplace_back("model.2.running_mean", torch::ones({4}));
    state.emplace_back("model.2.running_var", torch::ones({4}));
    state.emplace_back("model.2.num_batches_tracked", torch::tensor(1));
    const WeightMatch match = match_weights(state, instance);
    EXPECT_TRUE(match.differences.empty()) << match.differences[0];
    EXPECT_EQ(match.pairs.size(), 2u);
    EXPECT_EQ(match.dropped.size(), 3u);
  }
}

TEST(MatchWeights, CountersMayBeMissing) {
  Value::Dict state = same_names();
  state.erase(state.begin() + 5);
  const WeightMatch match = match_weights(state, kNetwork);
  EXPECT_TRUE(match.differences.empty());
  EXPECT_THAT(match.kept, ElementsAre("main.1.num_batches_tracked"));
}

TEST(MatchWeights, NormsWithWeightsAreNotDropped) {
  const std::vector<NeededTensor> instance = {kNetwork[0], kNetwork[6], kNetwork[7]};
  EXPECT_THAT(match_weights(same_names(), instance).differences,
              ElementsAre("main.1.weight: in the file [4], not expected",
                          "main.1.bias: in the file [4], not expected"));
}

TEST(MatchWeights, SaysWhichShapesDiffer) {
  Value::Dict state = same_names();
  state[0].second = torch::ones({3, 5, 2, 2});
  state.pop_back();
  EXPECT_THAT(match_weights(state, kNetwork).differences,
              ElementsAre("main.0.weight: file has [3, 5, 2, 2], expected [3, 4, 2, 2]",
                          "main.3.bias: missing in the file (expected [1])"));
}

TEST(MatchWeights, SaysInTheFilesNamesWhereTheOrderDoesNotFit) {
  Value::Dict state = state_of("", "up1", "up1_norm", "out");
  state[6].second = torch::ones({4, 3, 2, 2});
  EXPECT_THAT(match_weights(state, kNetwork).differences,
              ElementsAre("out.weight -> main.3.weight: file has [4, 3, 2, 2], expected [4, 1, 2, "
                          "2]"));
  state.resize(6);
  EXPECT_THAT(match_weights(state, kNetwork).differences[0],
              "the file has 1 layers, the network 2");
}

}  // namespace
}  // namespace gantrain
