#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "gantrain/core/text.h"
#include "gantrain/core/version.h"
#include "gantrain/runtime/device.h"
#include "gantrain/runtime/libtorch_info.h"
#include "gantrain/runtime/memory.h"

#include "commands/command.h"

namespace gantrain {
namespace {

int run_doctor(bool json) {
  const Runtime runtime = start_runtime({}, "--device");
  const LibtorchInfo libtorch = libtorch_info();
  if (json) {
    nlohmann::ordered_json answer;
    answer["gantrain"] = version();
    answer["source"] = source_description();
    answer["compiler"] = compiler_description();
    answer["build_type"] = build_type();
    answer["libtorch"] = libtorch.version;
    answer["libtorch_path"] = libtorch.path;
    answer["cuda_build"] = libtorch.cuda_build;
    answer["cpu_capability"] = libtorch.cpu_capability;
    answer["cpu_multiplies_bf16"] = cpu_multiplies_bf16();
    answer["threads"] = libtorch.threads;
    answer["devices"] = available_devices();
    answer["auto"] = {{"device", runtime.device.str()},
                      {"precision", precision_name(runtime.precision)}};
    answer["available_memory_bytes"] = available_host_bytes();
    std::cout << answer.dump(2) << "\n";
    return kExitFinished;
  }
  std::cout << version_line() << "\n"
            << "libtorch   " << libtorch.version
            << (libtorch.cuda_build ? ", CUDA build" : ", CPU build") << ", "
            << printable(libtorch.path) << "\n"
            << "cpu        " << libtorch.cpu_capability << ", " << libtorch.threads << " threads, "
            << (cpu_multiplies_bf16() ? "multiplies bf16" : "does not multiply bf16") << "\n"
            << "devices    " << join(available_devices(), ", ") << "\n"
            << "auto       " << describe(runtime) << "\n"
            << "memory     " << format_bytes(available_host_bytes()) << " available\n";
  return kExitFinished;
}

}  // namespace

Action add_doctor(CLI::App& app, const CommandLine&) {
  auto json = std::make_shared<bool>(false);
  app.add_flag("--json", *json, "For scripts");
  app.footer("Example:\n  gantrain doctor");
  return [json] { return run_doctor(*json); };
}

}  // namespace gantrain
