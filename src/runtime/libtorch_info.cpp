#include "gantrain/runtime/libtorch_info.h"

#include <dlfcn.h>

#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/torch.h>
#include <torch/version.h>

namespace gantrain {

LibtorchInfo libtorch_info() {
  LibtorchInfo info;
  info.version = TORCH_VERSION;
  Dl_info library = {};
  const void* address = reinterpret_cast<const void*>(&at::get_num_threads);
  if (dladdr(address, &library) != 0 && library.dli_fname != nullptr) {
    info.path = library.dli_fname;
  }
  info.cpu_capability = at::get_cpu_capability();
  info.cuda_build = at::detail::getCUDAHooks().hasCUDART();
  info.threads = at::get_num_threads();
  return info;
}

}  // namespace gantrain
