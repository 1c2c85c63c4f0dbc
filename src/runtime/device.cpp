#include "gantrain/runtime/device.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "runtime/cgroup.h"
#include "runtime/cuda_driver.h"

namespace gantrain {

namespace {

constexpr int kFirstCapabilityWithBf16 = 80;  // Ampere; TF32 came with it

int64_t usable_threads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
  const int64_t cores = known ? CPU_COUNT(&allowed) : at::get_num_threads();
  const double quota = Cgroups().cpus().value_or(static_cast<double>(cores));
  return std::clamp(static_cast<int64_t>(std::ceil(quota)), int64_t{1}, cores);
}

void set_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads > 0 ? threads : usable_threads()));
  if (at::get_num_interop_threads() != 1) {  // may be set once in the life of a process
    at::set_num_interop_threads(1);
  }
}

std::string found_devices() {
  return "; found: " + join(available_devices(), ", ");
}

torch::Device pick_device(const std::string& text, const std::string& where) {
  const auto count = static_cast<int64_t>(torch::cuda::device_count());
  if (text == "cpu" || (text == "auto" && count == 0)) {
    return torch::kCPU;
  }
  const std::string prefix = where + ": ";
  int64_t index = 0;
  if (text.starts_with("cuda:")) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 5, end, index);
    if (error != std::errc() || rest != end || index < 0) {
      throw Error(ErrorKind::kConfig, prefix + "a device's number follows \"cuda:\", got \"" +
                                          printable(text) + "\"" + found_devices());
    }
  } else if (text != "auto" && text != "cuda") {
    throw Error(ErrorKind::kConfig, prefix + "must be auto, cpu, cuda or cuda:N, got \"" +
                                        printable(text) + "\"" + found_devices());
  }
  if (count == 0) {
    throw Error(ErrorKind::kConfig, prefix + "no CUDA device" + found_devices());
  }
  if (index >= count) {
    throw Error(ErrorKind::kConfig,
                prefix + "no CUDA device number " + std::to_string(index) + found_devices());
  }
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

bool device_multiplies_bf16(torch::Device device) {
  return device.is_cuda() ? cuda_compute_capability(device.index()) >= kFirstCapabilityWithBf16
                          : cpu_multiplies_bf16();
}

Precision pick_precision(Precision wanted, torch::Device device, const std::string& where) {
  if (wanted == Precision::kAuto) {
    return device_multiplies_bf16(device) ? Precision::kBf16 : Precision::kFp32;
  }
  if (wanted == Precision::kTf32 && !device.is_cuda()) {
    throw Error(ErrorKind::kConfig,
                where + ": runtime.precision tf32 needs a CUDA device, this run computes on " +
                    device.str() + "; use auto, fp32 or bf16");
  }
  return wanted;
}

torch::MemoryFormat pick_map_format(MapOrder wanted, torch::Device device, const StepShape& step) {
  const bool faster_contiguous = device.is_cpu() && (step.through_unet || step.penalises_slopes);
  const bool contiguous =
      wanted == MapOrder::kAuto ? faster_contiguous : wanted == MapOrder::kContiguous;
  return contiguous ? torch::MemoryFormat::Contiguous : torch::MemoryFormat::ChannelsLast;
}

void set_exactness(Precision precision, bool deterministic) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(precision == Precision::kTf32);
  context.setAllowTF32CuBLAS(precision == Precision::kTf32);
  context.setDeterministicAlgorithms(deterministic, false);
  context.setDeterministicCuDNN(deterministic);
  context.setBenchmarkCuDNN(!deterministic);
}

}  // namespace

const OptionTable& runtime_options() {
  static const OptionTable table = OptionTable::of<RuntimeOptions>(
      "Where and how exactly a run computes.",
      {
          text("device", &RuntimeOptions::device,
               "auto (the first CUDA device, else the CPU), cpu, cuda or cuda:N.")
              .not_empty()
              .on_resume(OnResume::kFree),
          choice("precision", &RuntimeOptions::precision,
                 {{"auto", Precision::kAuto},
                  {"fp64", Precision::kFp64},
                  {"fp32", Precision::kFp32},
                  {"tf32", Precision::kTf32},
                  {"bf16", Precision::kBf16}},
                 "Arithmetic inside networks; auto takes bf16 where the hardware multiplies it, "
                 "else fp32. Weights and losses stay fp32 (fp64: all of it).")
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"amp", "fp16", "dtype"}),
          choice(
              "memory_format", &RuntimeOptions::memory_format,
              {{"auto", MapOrder::kAuto},
               {"channels_last", MapOrder::kChannelsLast},
               {"contiguous", MapOrder::kContiguous}},
              "Order of pictures and maps in memory; auto takes channels_last, but contiguous on "
              "a CPU for U-Nets and gradient penalties, where it is faster.")
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"channels_last"}),
          integer("threads", &RuntimeOptions::threads,
                  "CPU threads of one operation; 0 takes every core that the process may use.")
              .range(int64_t{0}, int64_t{1024})
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"num_threads"}),
          boolean("deterministic", &RuntimeOptions::deterministic,
                  "Only algorithms that give the same bits every time; slower on CUDA.")
              .on_resume(OnResume::kFree),
      });
  return table;
}

Runtime start_runtime(const RuntimeOptions& options, const std::string& where,
                      const StepShape& step) {
  // Denormals (Adam's moments of idle units decay into them) cost a hundred times a normal number.
  // Threads inherit the mode, so it is set before LibTorch starts any.
  at::globalContext().setFlushDenormal(true);
  if (options.deterministic) {
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);  // read when cuBLAS starts
  }
  Runtime runtime;
  runtime.device = pick_device(options.device, where);
  runtime.precision = pick_precision(options.precision, runtime.device, where);
  runtime.map_format = pick_map_format(options.memory_format, runtime.device, step);
  set_threads(options.threads);
  set_exactness(runtime.precision, options.deterministic);
  return runtime;
}

std::string describe(const Runtime& runtime) {
  const int threads = at::get_num_threads();
  return runtime.device.str() + ", " + std::to_string(threads) +
         (threads == 1 ? " thread, " : " threads, ") + at::get_cpu_capability() + ", " +
         precision_name(runtime.precision) + ", " + map_format_name(runtime.map_format);
}

std::string map_format_name(torch::MemoryFormat format) {
  return format == torch::MemoryFormat::Contiguous ? "contiguous" : "channels_last";
}

std::vector<std::string> available_devices() {
  std::vector<std::string> devices = {"cpu"};
  const auto count = static_cast<int>(torch::cuda::device_count());
  for (int index = 0; index < count; ++index) {
    const std::string name = cuda_device_name(index);
    devices.push_back("cuda:" + std::to_string(index) + (name.empty() ? "" : " (" + name + ")"));
  }
  return devices;
}

}  // namespace gantrain
