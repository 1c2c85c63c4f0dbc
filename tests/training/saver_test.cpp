#include "training/saver.h"

#include <filesystem>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/run_folder.h"

#include "support/temporary_folder.h"
#include "training/finite.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Value with_weight(float weight) {
  const torch::Tensor tensor = torch::tensor({1.0f, weight, 3.0f});
  return Value::Dict{{"networks", Value::Dict{{"generator", Value::Dict{{"w", tensor}}}}}};
}

class SaverTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder().checkpoints()); }

  RunFolder folder() const { return RunFolder(root_.path()); }
  fs::path checkpoint(int64_t step) const { return folder().checkpoint(step); }

  TemporaryFolder root_;
};

TEST_F(SaverTest, WritesFiniteValuesAndThenRemovesOldFiles) {
  write_pt_file(checkpoint(1), with_weight(2));
  Saver saver;
  saver.save({{checkpoint(2), with_weight(2)}}, {checkpoint(1)});
  const Saver::Outcome outcome = saver.finish();
  EXPECT_TRUE(outcome.attempted);
  EXPECT_FALSE(outcome.failed) << outcome.error;
  EXPECT_TRUE(fs::exists(checkpoint(2)));
  EXPECT_FALSE(fs::exists(checkpoint(1)));
}

TEST_F(SaverTest, RefusesValuesThatAreNotFiniteAndLeavesOldFiles) {
  write_pt_file(checkpoint(1), with_weight(2));
  for (const float bad : {kNan, kInfinity, -kInfinity}) {
    Saver saver;
    saver.save({{checkpoint(2), with_weight(2)}, {checkpoint(3), with_weight(bad)}},
               {checkpoint(1)});
    const Saver::Outcome outcome = saver.finish();
    EXPECT_TRUE(outcome.failed);
    EXPECT_EQ(outcome.kind, ErrorKind::kDiverged);
    EXPECT_THAT(outcome.error, HasSubstr("networks.generator.w"));
    EXPECT_TRUE(fs::exists(checkpoint(1)));
    EXPECT_FALSE(fs::exists(checkpoint(2)));
    EXPECT_FALSE(fs::exists(checkpoint(3)));
  }
}

TEST(HostCopies, CopyWhatSeveralFilesHoldOnce) {
  const torch::Tensor shared = torch::ones({2, 3});
  const torch::Tensor row = shared[0];
  HostCopies copies;
  const Value one = copies.copy(Value::Dict{{"a", shared}, {"b", row}});
  const Value other = copies.copy(Value::Dict{{"list", Value::List{shared.detach()}}});
  const auto& a = one.find("a")->as<torch::Tensor>();
  const auto& b = one.find("b")->as<torch::Tensor>();
  const auto& again = other.find("list")->as<Value::List>().at(0).as<torch::Tensor>();
  EXPECT_TRUE(a.is_same(again));
  EXPECT_FALSE(a.is_alias_of(shared));
  EXPECT_FALSE(b.is_alias_of(a)) << "begins where the other begins, but is not the other";
  shared.zero_();
  EXPECT_TRUE(torch::equal(a, torch::ones({2, 3})));
  EXPECT_TRUE(torch::equal(b, torch::ones(3)));
}

TEST(HostCopies, AreTheOriginalsForACallerThatWaits) {
  const torch::Tensor weight = torch::ones({2, 3});
  const Value root = HostCopies(Meanwhile::kWaits).copy(Value::Dict{{"a", weight}});
  EXPECT_TRUE(root.find("a")->as<torch::Tensor>().is_alias_of(weight));
}

TEST(FirstNonFinite, NamesTheTensorByItsPath) {
  const auto bad = [] { return torch::tensor({0.0f, kInfinity}); };
  EXPECT_EQ(first_non_finite(with_weight(1)), "");
  EXPECT_EQ(first_non_finite(with_weight(kNan)), "networks.generator.w");
  EXPECT_EQ(first_non_finite(Value::Dict{
                {"optimizers", Value::Dict{{"g", Value::List{torch::ones(2), bad()}}}}}),
            "optimizers.g.1");
  EXPECT_EQ(first_non_finite(Value::Dict{{"ema", Value::Dict{{"w", bad()}}}}), "ema.w");
  EXPECT_EQ(first_non_finite(
                Value::Dict{{"state", Value::Dict{{"model", Value::Dict{{"mean", bad()}}}}}}),
            "state.model.mean");
}

TEST(FirstNonFinite, KnowsEveryFloatingTypeAndLayout) {
  for (const auto type : {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16}) {
    torch::Tensor values =
        torch::full({2, 3, 4, 5}, -6e4, type).contiguous(torch::MemoryFormat::ChannelsLast);
    const Value::Dict file = {{"ema", Value::Dict{{"w", values}}}};
    EXPECT_EQ(first_non_finite(file), "") << type;
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
      values[1][2][3][4] = bad;
      EXPECT_EQ(first_non_finite(file), "ema.w") << type << " " << bad;
    }
    EXPECT_EQ(first_non_finite(Value::Dict{{"ema", Value::Dict{{"w", values[1].select(1, 3)}}}}),
              "ema.w")
        << "with gaps, " << type;
  }
}

TEST(FirstNonFinite, LetsReportsBeInfinite) {
  EXPECT_EQ(
      first_non_finite(Value::Dict{{"state", Value::Dict{{"sums", torch::tensor({kInfinity})}}}}),
      "");
}

}  // namespace
}  // namespace gantrain
