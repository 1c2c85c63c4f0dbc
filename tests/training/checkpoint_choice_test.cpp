#include "training/checkpoint_choice.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"

#include "support/temporary_folder.h"
#include "training/tiny_run.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

class CheckpointChoice : public testing::Test {
 protected:
  // A training checkpoint after `step` steps, with one change made to it.
  fs::path write(int64_t step, const std::function<void(Value&)>& change = nullptr) {
    const RunConfig config = tiny_config();
    auto state = tiny_state(config);
    for (int64_t i = 0; i < step; ++i) {
      state->step();
    }
    FileHeader header;
    header.kind = kTrainingKind;
    header.config_text = config.config.to_json();
    header.step = state->steps_done();
    header.images_seen = state->images_seen();
    Value root = state->save();
    root["gantrain"] = header_value(header);
    if (change) {
      change(root);
    }
    const fs::path path = place_.path() / ("step-0000000" + std::to_string(step) + ".pt");
    write_pt_file(path, root);
    return path;
  }

  std::string refusal(const std::vector<fs::path>& paths) {
    try {
      choose_checkpoint(paths);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
      return error.what();
    }
    return "";
  }

  static void damage(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('!');
  }

  TemporaryFolder place_;
};

TEST_F(CheckpointChoice, TakesTheNewestOfThree) {
  const auto one = write(1);
  const auto two = write(2);
  const ChosenCheckpoint chosen = choose_checkpoint({two, one});
  EXPECT_EQ(chosen.path, two);
  EXPECT_EQ(chosen.header.step, 2);
  EXPECT_TRUE(chosen.rejected.empty());
}

TEST_F(CheckpointChoice, SetsADamagedOneAsideOnlyWhenAsked) {
  const auto one = write(1);
  const auto two = write(2);
  damage(two);
  const ChosenCheckpoint chosen = choose_checkpoint({two, one});
  EXPECT_EQ(chosen.path, one);
  EXPECT_TRUE(fs::exists(two)) << "choosing only reads";
  set_aside(chosen.rejected);
  EXPECT_FALSE(fs::exists(two));
  EXPECT_TRUE(fs::exists(two.string() + ".broken"));
}

TEST_F(CheckpointChoice, AFileThatTheSystemDoesNotGiveIsNoDamagedOne) {
  const auto one = write(1);
  const fs::path gone = place_.path() / "step-00000009.pt";
  const ChosenCheckpoint chosen = choose_checkpoint({gone, one});
  ASSERT_EQ(chosen.rejected.size(), 1u);
  EXPECT_FALSE(chosen.rejected[0].damaged);
}

TEST_F(CheckpointChoice, WhatCannotBeGoneOnFromFallsBack) {
  const auto one = write(1);
  const auto number = [](const char* section, const char* key, Value value) {
    return [=](Value& root) { root[section][key] = value; };
  };
  const std::vector<std::pair<std::function<void(Value&)>, std::string>> cases = {
      {number("random", "seed", int64_t{6}), "random state invalid (seed 6, but its"},
      {number("random", "seed", "garbage"),
       "random state invalid (random.seed is no whole number)"},
      {number("random", "attempt", int64_t{-1}), "random state invalid (random.attempt is -1"},
      {number("progress", "step", int64_t{3}), "progress invalid (step 3 with 8 images seen"},
      {number("progress", "data_position", int64_t{4}), "progress invalid (4 images drawn, but 8"},
      {[](Value& root) {
         auto& weights = root["networks"]["generator"];
         auto& tensor = weights.as<Value::Dict>()[0].second.as<torch::Tensor>();
         tensor = torch::full_like(tensor, std::numeric_limits<float>::quiet_NaN());
       },
       "holds a value that is not finite"},
      {[](Value& root) {
         auto& state = root["optimizers"]["generator"];
         auto& tensor = state.as<Value::Dict>()[1].second.as<torch::Tensor>();
         tensor = torch::full_like(tensor, std::numeric_limits<float>::infinity());
       },
       "holds a value that is not finite"},
  };
  for (const auto& [change, reason] : cases) {
    const auto two = write(2, change);
    const ChosenCheckpoint chosen = choose_checkpoint({two, one});
    EXPECT_EQ(chosen.path, one) << reason;
    ASSERT_EQ(chosen.rejected.size(), 1u) << reason;
    EXPECT_THAT(chosen.rejected[0].reason, HasSubstr(two.string() + ": "));
    EXPECT_THAT(chosen.rejected[0].reason, HasSubstr(reason));
  }
}

TEST_F(CheckpointChoice, AnotherKindOfFileIsRefusedAtOnce) {
  const auto one = write(1);
  const auto newer = write(2, [](Value& root) { root["gantrain"]["format"] = int64_t{2}; });
  EXPECT_THAT(refusal({newer, one}), HasSubstr("has format 2"));
  const auto generator = write(2, [](Value& root) { root["gantrain"]["kind"] = kGeneratorKind; });
  EXPECT_THAT(refusal({generator, one}), HasSubstr("holds a generator only"));
  EXPECT_TRUE(fs::exists(generator));
}

TEST_F(CheckpointChoice, NamesEveryReasonWhenNoneIsLeft) {
  const auto one = write(1);
  const auto two = write(2);
  damage(one);
  damage(two);
  const std::string message = refusal({two, one});
  EXPECT_THAT(message, HasSubstr("no checkpoint of this run can be read; nothing was started"));
  EXPECT_THAT(message, HasSubstr("\n  " + two.string() + ": "));
  EXPECT_THAT(message, HasSubstr("\n  " + one.string() + ": "));
  EXPECT_TRUE(fs::exists(one) && fs::exists(two));
  EXPECT_THAT(refusal({one}), testing::EndsWith("; nothing was started"));
}

}  // namespace
}  // namespace gantrain
