#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

#include "gantrain/core/option_table.h"

namespace gantrain {

enum class Precision { kAuto, kFp64, kFp32, kTf32, kBf16 };
enum class MapOrder { kAuto, kChannelsLast, kContiguous };

// The section "runtime": where and how exactly a run computes.
struct RuntimeOptions {
  std::string device = "auto";
  Precision precision = Precision::kAuto;
  MapOrder memory_format = MapOrder::kAuto;
  int64_t threads = 0;
  bool deterministic = false;
};
const OptionTable& runtime_options();

// What of a step the faster order of its maps depends on.
struct StepShape {
  bool through_unet = false;      // a U-Net makes its pictures
  bool penalises_slopes = false;  // with gradients of gradients
};

// What the options come to on this machine.
struct Runtime {
  torch::Device device = torch::kCPU;
  Precision precision = Precision::kFp32;                              // never kAuto
  torch::MemoryFormat map_format = torch::MemoryFormat::ChannelsLast;  // of pictures, maps, kernels
  torch::ScalarType parameter_type() const {
    return precision == Precision::kFp64 ? torch::kDouble : torch::kFloat;
  }
};

// Sets threads, TF32, determinism; picks device and precision. "auto" takes bf16 only where the
// hardware multiplies bf16 (CPUs with AMX or AVX512-BF16, CUDA SM80 and later), and contiguous maps
// only on a CPU for steps through a U-Net or with gradients of gradients (docs/speed.md). `where`
// begins the message of an Error(kConfig) (a CUDA device that is not there).
Runtime start_runtime(const RuntimeOptions& options, const std::string& where,
                      const StepShape& step = {});

// For doctor and the log: "cpu, 2 threads, AVX512, bf16, channels_last".
std::string describe(const Runtime& runtime);
std::string precision_name(Precision precision);
std::string map_format_name(torch::MemoryFormat format);
bool cpu_multiplies_bf16();
std::vector<std::string> available_devices();  // "cpu", "cuda:0 (NVIDIA ...)"

// RAII round network calls: turns autocast to bf16 on where the precision asks for it. Leave it
// before losses and backward().
class PrecisionScope {
 public:
  PrecisionScope(torch::Device device, Precision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  c10::DeviceType type_;
  bool enabled_;
  bool before_ = false;
  torch::ScalarType type_before_ = torch::kFloat;
};

}  // namespace gantrain
