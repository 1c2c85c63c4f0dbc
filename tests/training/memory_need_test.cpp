#include "training/memory_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/runtime/memory_meter.h"

#include "training/tiny_run.h"

namespace gantrain {
namespace {

constexpr uint64_t kPlenty = uint64_t{3} << 40;

Runtime runtime_of(const RunConfig& config) {
  Runtime runtime;
  runtime.precision = config.runtime.precision;
  return runtime;
}

std::shared_ptr<const Dataset> data_of(const RunConfig& config) {
  return open_dataset(config.data.type, config.data.options, {image_geometry(config.model)},
                      "data");
}

MemoryNeed need_of(const RunConfig& config, uint64_t available = kPlenty) {
  return measure_memory(config, runtime_of(config), data_of(config), available);
}

std::unique_ptr<TrainingState> state_within(const RunConfig& config, uint64_t available) {
  return build_state(config, runtime_of(config), data_of(config), available);
}

uint64_t tensors_of(const RunConfig& config) {
  const MemoryNeed need = need_of(config);
  return need.tensor_bytes(need.images_at_once);
}

uint64_t measured_peak(const RunConfig& config) {
  const MemoryMeter meter(torch::kCPU, kPlenty);
  auto state = tiny_state(config);
  state->step();
  state->step();
  return meter.peak_bytes();
}

TEST(MemoryNeed, IsWhatStepsOfTheWholeBatchTake) {
  for (const char* batch : {"training.batch_size=1", "training.batch_size=6",
                            "training.batch_size=8", "training.batch_size=512"}) {
    const RunConfig config = tiny_config({batch});
    const uint64_t measured = measured_peak(config);
    const uint64_t estimated = tensors_of(config);
    EXPECT_GE(estimated, measured) << batch;
    EXPECT_LT(static_cast<double>(estimated), 1.1 * static_cast<double>(measured) + 64e3) << batch;
  }
}

// Few images are held most beside the gradients, many in the backward pass.
TEST(MemoryNeed, OfLargeNetworksIsFoundFromFewImagesToo) {
  const std::vector<std::string> wide = {"model.generator_channels=[128]",
                                         "model.discriminator_channels=[128,128]"};
  for (const char* batch :
       {"training.batch_size=8", "training.batch_size=64", "training.batch_size=512"}) {
    std::vector<std::string> words = wide;
    words.emplace_back(batch);
    const RunConfig config = tiny_config(words);
    const uint64_t measured = measured_peak(config);
    const uint64_t estimated = tensors_of(config);
    EXPECT_GE(estimated, measured) << batch;
    EXPECT_LT(static_cast<double>(estimated), 2 * static_cast<double>(measured)) << batch;
  }
}

TEST(MemoryNeed, MicroBatchesNeedLess) {
  const uint64_t whole = tensors_of(tiny_config({"training.batch_size=4096"}));
  const RunConfig config =
      tiny_config({"training.batch_size=4096", "training.micro_batch_size=64"});
  const uint64_t micro = tensors_of(config);
  EXPECT_LT(micro, whole / 4);
  EXPECT_GE(micro, measured_peak(config));
}

TEST(MemoryNeed, TooLittleNamesABatchSizeThatFits) {
  const RunConfig config = tiny_config({"training.batch_size=1000"});
  const MemoryNeed need = need_of(config);
  EXPECT_NO_THROW(refuse_too_little_memory(need, config, need.needed_bytes(1000)));
  try {
    refuse_too_little_memory(need, config, need.needed_bytes(70));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kMemory);
    EXPECT_THAT(error.what(), testing::HasSubstr("training.batch_size: 1000 images at once need"));
    EXPECT_THAT(error.what(),
                testing::HasSubstr("training.micro_batch_size or batch_size 64 would fit"));
  }
}

TEST(MemoryNeed, NetworksThatDoNotFitAreRefusedBeforeTheyAreFilled) {
  EXPECT_THROW(need_of(tiny_config({"model.generator_channels=[512]"}), 1u << 20), Error);
}

TEST(MemoryNeed, TheGuessIsGenerous) {
  const std::vector<std::vector<std::string>> sizes = {
      {"training.batch_size=1"},
      {"training.batch_size=256"},
      {"training.batch_size=64", "training.micro_batch_size=4"},
      {"training.batch_size=16", "model.resolution=64", "model.image_channels=3",
       "model.generator_channels=[512,256,128,64]",
       "model.discriminator_channels=[64,128,256,512]"}};
  for (const auto& size : sizes) {
    const RunConfig config = tiny_config(size);
    const uint64_t guess = guess_memory(*tiny_state(config), config);
    EXPECT_GT(guess, 2 * tensors_of(config)) << testing::PrintToString(size);
  }
}

TEST(MemoryNeed, OfTooMuchIsRefusedBeforeTheFirstStep) {
  const RunConfig config = tiny_config({"training.batch_size=64"});
  const MemoryNeed need = need_of(config);
  try {
    state_within(config, need.needed_bytes(20));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kMemory);
    EXPECT_THAT(error.what(), testing::HasSubstr("batch_size 16 would fit"));
  }
}

TEST(MemoryNeed, MeasuringIsNotSeenInTheRun) {
  const RunConfig config = tiny_config({"training.batch_size=64"});
  const auto plain = tiny_state(config);
  const auto measured = state_within(config, guess_memory(*plain, config));
  EXPECT_EQ(measured->steps_done(), 0);
  EXPECT_TRUE(torch::equal(measured->model().networks()["generator"]->parameters()[0],
                           plain->model().networks()["generator"]->parameters()[0]));
}

TEST(MemoryNeed, OfAStepIsWhatTheStateAndItsCopyLeave) {
  const RunConfig config = tiny_config();
  const auto state = tiny_state(config);
  const uint64_t left = bytes_left_for_a_step(*state, kPlenty);
  EXPECT_LT(left, kPlenty);
  EXPECT_EQ(bytes_left_for_a_step(*state, 2 * kPlenty) - left, kPlenty / 3 * 2);
  EXPECT_EQ(bytes_left_for_a_step(*state, 1000), 0u);
}

}  // namespace
}  // namespace gantrain
