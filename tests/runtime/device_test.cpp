#include "gantrain/runtime/device.h"

#include <cstdlib>

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/runtime/memory.h"

namespace gantrain {
namespace {

using ::testing::HasSubstr;

RuntimeOptions on_cpu(Precision precision = Precision::kFp32) {
  return {.device = "cpu", .precision = precision, .threads = 1};
}

std::string message_of(const RuntimeOptions& options) {
  try {
    start_runtime(options, "x.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "no error";
}

torch::ScalarType product_type() {
  return torch::mm(torch::ones({2, 2}), torch::ones({2, 2})).scalar_type();
}

TEST(StartRuntime, RefusesADeviceThatIsNotThere) {
  if (torch::cuda::device_count() > 0) {
    GTEST_SKIP() << "CUDA: there is a device";
  }
  EXPECT_EQ(message_of({.device = "cuda"}), "x.json: no CUDA device; found: cpu");
  EXPECT_EQ(message_of({.device = "cuda:3"}), "x.json: no CUDA device; found: cpu");
}

TEST(StartRuntime, RefusesOtherWordsForADevice) {
  EXPECT_THAT(message_of({.device = "gpu"}),
              HasSubstr("must be auto, cpu, cuda or cuda:N, got \"gpu\""));
  EXPECT_THAT(message_of({.device = "cuda:"}), HasSubstr("a device's number follows"));
  EXPECT_THAT(message_of({.device = "cuda:1x"}), HasSubstr("a device's number follows"));
  EXPECT_THAT(message_of({.device = "cuda:-1"}), HasSubstr("a device's number follows"));
}

TEST(StartRuntime, RefusesADeviceNumberThatIsTooLarge) {
  EXPECT_THAT(message_of({.device = "cuda:99"}), HasSubstr("no CUDA device"));
}

TEST(StartRuntime, RefusesTf32OnTheCpu) {
  EXPECT_THAT(message_of(on_cpu(Precision::kTf32)), HasSubstr("tf32 needs a CUDA device"));
}

TEST(StartRuntime, AutoTakesBf16OnlyWhereTheProcessorMultipliesIt) {
  const Runtime runtime = start_runtime(on_cpu(Precision::kAuto), "x.json");
  EXPECT_EQ(runtime.precision, cpu_multiplies_bf16() ? Precision::kBf16 : Precision::kFp32);
  EXPECT_EQ(runtime.parameter_type(), torch::kFloat);
}

TEST(StartRuntime, AutoTakesContiguousMapsOnTheCpuForUnetsAndPenalties) {
  constexpr auto kLast = torch::MemoryFormat::ChannelsLast;
  constexpr auto kContiguous = torch::MemoryFormat::Contiguous;
  const auto format = [](MapOrder wanted, const StepShape& step) {
    return start_runtime({.device = "cpu", .memory_format = wanted, .threads = 1}, "x.json", step)
        .map_format;
  };
  EXPECT_EQ(format(MapOrder::kAuto, {}), kLast);
  EXPECT_EQ(format(MapOrder::kAuto, {.penalises_slopes = true}), kContiguous);
  EXPECT_EQ(format(MapOrder::kAuto, {.through_unet = true}), kContiguous);
  EXPECT_EQ(format(MapOrder::kChannelsLast, {.through_unet = true}), kLast);
  EXPECT_EQ(format(MapOrder::kContiguous, {}), kContiguous);
}

TEST(StartRuntime, Fp64MakesDoubleParameters) {
  EXPECT_EQ(start_runtime(on_cpu(Precision::kFp64), "x.json").parameter_type(), torch::kDouble);
}

TEST(StartRuntime, SetsThreads) {
  const int before = at::get_num_threads();
  start_runtime({.device = "cpu", .threads = 3}, "x.json");
  EXPECT_EQ(at::get_num_threads(), 3);
  start_runtime({.device = "cpu", .threads = 0}, "x.json");
  EXPECT_GE(at::get_num_threads(), 1);
  at::set_num_threads(before);
}

TEST(StartRuntime, DeterminismIsSetAndTakenBack) {
  start_runtime({.device = "cpu", .threads = 1, .deterministic = true}, "x.json");
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_FALSE(at::globalContext().benchmarkCuDNN());
  EXPECT_NE(std::getenv("CUBLAS_WORKSPACE_CONFIG"), nullptr);
  start_runtime(on_cpu(), "x.json");
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
}

TEST(StartRuntime, FlushesDenormals) {
  start_runtime(on_cpu(), "x.json");
  EXPECT_EQ((torch::full({1}, 1e-38f) * 0.01).item<float>(), 0);
}

TEST(Describe, NamesDeviceThreadsInstructionsAndPrecision) {
  const Runtime runtime = start_runtime(on_cpu(Precision::kBf16), "x.json");
  EXPECT_THAT(describe(runtime),
              ::testing::MatchesRegex("cpu, 1 thread, [A-Z0-9]+, bf16, channels_last"));
  EXPECT_EQ(available_devices().front(), "cpu");
}

TEST(RuntimeOptions, MayAllChangeOnResume) {
  for (const Option& option : runtime_options().options()) {
    EXPECT_EQ(option.resume, OnResume::kFree) << option.name;
  }
}

TEST(RuntimeOptions, PrecisionNamesAreTheWordsOfTheTable) {
  std::vector<std::string> names;
  for (const Precision precision :
       {Precision::kAuto, Precision::kFp64, Precision::kFp32, Precision::kTf32, Precision::kBf16}) {
    names.push_back(precision_name(precision));
  }
  EXPECT_EQ(runtime_options().find("precision")->choices, names);
}

TEST(PrecisionScope, MultipliesInBf16WithinAndInFloatAfter) {
  {
    const PrecisionScope scope(torch::kCPU, Precision::kBf16);
    EXPECT_EQ(product_type(), torch::kBFloat16);
  }
  EXPECT_EQ(product_type(), torch::kFloat);
}

TEST(PrecisionScope, DoesNothingForOtherPrecisions) {
  const PrecisionScope scope(torch::kCPU, Precision::kFp32);
  EXPECT_EQ(product_type(), torch::kFloat);
}

TEST(PrecisionScope, InnerScopeLeavesTheOuterOneOn) {
  const PrecisionScope outer(torch::kCPU, Precision::kBf16);
  { const PrecisionScope inner(torch::kCPU, Precision::kBf16); }
  EXPECT_EQ(product_type(), torch::kBFloat16);
}

TEST(PrecisionScope, EndsWhenAnExceptionLeavesIt) {
  try {
    const PrecisionScope scope(torch::kCPU, Precision::kBf16);
    throw std::runtime_error("x");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(torch::kCPU));
}

TEST(PrecisionScope, ForgetsCastWeightsBetweenScopes) {
  auto weight = torch::ones({2, 2}, torch::requires_grad());
  const auto input = torch::ones({2, 2});
  const auto product = [&] {
    const PrecisionScope scope(torch::kCPU, Precision::kBf16);
    return torch::mm(input, weight).sum().item<float>();
  };
  EXPECT_EQ(product(), 8);
  weight.detach().fill_(2);
  EXPECT_EQ(product(), 16);
}

}  // namespace
}  // namespace gantrain
