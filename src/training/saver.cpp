#include "training/saver.h"

#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <system_error>
#include <utility>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/text.h"

#include "training/finite.h"

namespace gantrain {
namespace {

void refuse_non_finite(const std::vector<Saver::File>& files) {
  for (const Saver::File& file : files) {
    const std::string where = first_non_finite(file.root);
    if (!where.empty()) {
      throw Error(ErrorKind::kDiverged,
                  "training diverged: " + where + " holds a value that is not finite, so " +
                      printable(file.path.string()) +
                      " is not written; older checkpoints are untouched; try a lower "
                      "learning_rate");
    }
  }
}

// Training goes first where both want a processor.
void give_way() {
  constexpr int kNiceness = 5;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
}

}  // namespace

Saver::~Saver() {
  if (running_.valid()) {
    running_.wait();
  }
}

void Saver::save(std::vector<File> files, std::vector<std::filesystem::path> remove_afterwards,
                 Meanwhile meanwhile) {
  HostCopies copies(meanwhile);
  for (File& file : files) {
    file.root = copies.copy(file.root);
  }
  running_ = std::async(std::launch::async,
                        [files = std::move(files), old = std::move(remove_afterwards)] {
                          give_way();
                          refuse_non_finite(files);
                          for (const File& file : files) {
                            write_pt_file(file.path, file.root);
                          }
                          for (const auto& path : old) {
                            std::error_code ignored;  // a file that stays is no harm
                            std::filesystem::remove(path, ignored);
                          }
                        });
}

Saver::Outcome Saver::finish() {
  Outcome outcome;
  if (!running_.valid()) {
    return outcome;
  }
  outcome.attempted = true;
  try {
    running_.get();
  } catch (const Error& error) {
    outcome.failed = true;
    outcome.kind = error.kind();
    outcome.error = error.what();
  } catch (const std::exception& error) {
    outcome.failed = true;
    outcome.error = error.what();
  }
  return outcome;
}

torch::Tensor HostCopies::copy(const torch::Tensor& tensor) {
  const void* place = tensor.const_data_ptr();
  const auto [first, last] = copied_.equal_range(place);
  for (auto known = first; known != last; ++known) {
    const torch::Tensor& other = known->second.original;
    if (other.device() == tensor.device() && other.dtype() == tensor.dtype() &&
        other.sizes() == tensor.sizes() && other.strides() == tensor.strides()) {
      return known->second.copy;
    }
  }
  const torch::Tensor copy =
      tensor.detach().to(torch::kCPU, /*non_blocking=*/false, /*copy=*/apart_);
  copied_.emplace(place, Copied{tensor, copy});
  return copy;
}

Value HostCopies::copy(const Value& value) {
  if (value.is<torch::Tensor>()) {
    return copy(value.as<torch::Tensor>());
  }
  if (value.is<Value::Dict>()) {
    Value::Dict result;
    for (const auto& [key, entry] : value.as<Value::Dict>()) {
      result.emplace_back(key, copy(entry));
    }
    return result;
  }
  if (value.is<Value::List>()) {
    Value::List result;
    for (const Value& entry : value.as<Value::List>()) {
      result.push_back(copy(entry));
    }
    return result;
  }
  return value;
}

}  // namespace gantrain
