#include "training/memory_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/runtime/memory_meter.h"

#include "training/tiny_run.h"

namespace gantrain {
namespace {

constexpr uint64_t kPlenty = uint64_t{1} << 40;

MemoryNeed need_of(const RunConfig& config, uint64_t available = kPlenty) {
  Runtime runtime;
  runtime.precision = config.runtime.precision;
  return measure_memory(
      config, runtime,
      open_dataset(config.data.type, config.data.options, image_geometry(config.model), "data"),
      available);
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
    const uint64_t estimated = need_of(config).total_bytes();
    EXPECT_GE(estimated, measured) << batch;
    EXPECT_LT(static_cast<double>(estimated), 1.1 * static_cast<double>(measured) + 64e3) << batch;
  }
}

TEST(MemoryNeed, MicroBatchesNeedLess) {
  const uint64_t whole = need_of(tiny_config({"training.batch_size=4096"})).total_bytes();
  const RunConfig config =
      tiny_config({"training.batch_size=4096", "training.micro_batch_size=64"});
  const uint64_t micro = need_of(config).total_bytes();
  EXPECT_LT(micro, whole / 4);
  EXPECT_GE(micro, measured_peak(config));
}

TEST(MemoryNeed, TooLittleNamesABatchSizeThatFits) {
  const RunConfig config = tiny_config({"training.batch_size=1000"});
  const MemoryNeed need = need_of(config);
  EXPECT_NO_THROW(refuse_too_little_memory(need, config, need.total_bytes()));
  try {
    refuse_too_little_memory(need, config, need.fixed_bytes + 70 * need.bytes_per_image);
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

}  // namespace
}  // namespace gantrain
