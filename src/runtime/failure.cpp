#include "gantrain/runtime/failure.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>

#include <c10/util/Exception.h>

namespace gantrain {
namespace {

constexpr int kCudaOutOfMemory = 2;
// cudaError_t: no device, ECC error, unavailable, launch failures 700-719, unknown.
constexpr std::array<int, 4> kLost = {46, 100, 214, 999};
constexpr int kFirstLaunchFailure = 700;
constexpr int kLastLaunchFailure = 719;

bool means_lost(int code) {
  return (code >= kFirstLaunchFailure && code <= kLastLaunchFailure) ||
         std::find(kLost.begin(), kLost.end(), code) != kLost.end();
}

template <size_t N>
bool holds_any(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

// As LibTorch's allocators, CUDA, cuDNN and cuBLAS say it, where no code comes along.
bool says_out_of_memory(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kWords = {
      "can't allocate memory", "not enough memory", "CUDA out of memory",
      "CUDA error: out of memory"};
  return holds_any(text, kWords);
}

bool says_lost(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kWords = {"illegal memory access",
                                                             "unspecified launch failure",
                                                             "device-side assert triggered",
                                                             "the launch timed out",
                                                             "misaligned address",
                                                             "GPU is lost",
                                                             "CUBLAS_STATUS_EXECUTION_FAILED",
                                                             "CUDNN_STATUS_EXECUTION_FAILED"};
  return holds_any(text, kWords);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Error out_of_memory() {
  return {ErrorKind::kMemory,
          "out of memory; a smaller training.batch_size or training.micro_batch_size needs less"};
}

Error device_lost(const std::string& reason) {
  return {ErrorKind::kDevice, "the device is lost: " + reason +
                                  "; nothing was saved from it, the same command goes on from the "
                                  "newest checkpoint"};
}

}  // namespace

Error explained(const std::exception& problem) {
  if (const auto* known = dynamic_cast<const Error*>(&problem)) {
    return *known;
  }
  const auto* torch_error = dynamic_cast<const c10::Error*>(&problem);
  const std::string text =
      first_line(torch_error != nullptr ? torch_error->what_without_backtrace() : problem.what());
  const auto* on_device = dynamic_cast<const c10::AcceleratorError*>(&problem);
  const int code = on_device != nullptr ? on_device->get_error_code() : 0;
  if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr ||
      dynamic_cast<const c10::OutOfMemoryError*>(&problem) != nullptr || code == kCudaOutOfMemory ||
      says_out_of_memory(text)) {
    return out_of_memory();
  }
  if (means_lost(code) || says_lost(text)) {
    return device_lost(text);
  }
  return {ErrorKind::kInternal, "internal error, a bug of gantrain: " + text};
}

}  // namespace gantrain
