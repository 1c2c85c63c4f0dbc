// A preloaded library (LD_PRELOAD) that makes the N-th update of Adam fail as a device would:
//
//   GANTRAIN_DEVICE_FAULT   "700:3": the third update throws CUDA error 700; "oom:3": out of device
//                           memory; "bug:3": an exception that nobody expects
//
// It takes the place of autograd's kernel of _fused_adam_, which only hands on to the next one.

#include <cstdlib>
#include <stdexcept>
#include <string>

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/_fused_adam.h>
#include <torch/library.h>

namespace {

[[noreturn]] void fail(const std::string& kind) {
  const c10::SourceLocation here = {"device_fault", "device_fault.cpp", 0};
  if (kind == "oom") {
    throw c10::OutOfMemoryError(here, "CUDA out of memory. Tried to allocate 20.00 MiB.\nmore");
  }
  if (kind == "bug") {
    throw std::logic_error("a made-up bug");
  }
  throw c10::AcceleratorError(here, std::stoi(kind),
                              "CUDA error: an illegal memory access was encountered\nmore");
}

void fused_adam(at::TensorList values, at::TensorList gradients, at::TensorList averages,
                at::TensorList squares, at::TensorList maxima, at::TensorList steps,
                const at::Tensor& rate, double beta1, double beta2, double decay, double eps,
                bool amsgrad, bool maximize, const std::optional<at::Tensor>& scale,
                const std::optional<at::Tensor>& found) {
  static int updates = 0;
  const char* wanted = std::getenv("GANTRAIN_DEVICE_FAULT");
  const std::string text = wanted == nullptr ? "" : wanted;
  const size_t colon = text.find(':');
  if (colon != std::string::npos && ++updates == std::stoi(text.substr(colon + 1))) {
    fail(text.substr(0, colon));
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  at::_fused_adam_(values, gradients, averages, squares, maxima, steps, rate, beta1, beta2, decay,
                   eps, amsgrad, maximize, scale, found);
}

TORCH_LIBRARY_IMPL(aten, AutogradCPU, library) {
  library.impl("_fused_adam_.tensor_lr", &fused_adam);
}

}  // namespace
