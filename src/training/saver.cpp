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

void Saver::save(std::vector<File> files, std::vector<std::filesystem::path> remove_afterwards) {
  for (File& file : files) {
    file.root = host_copy(file.root);
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

Value host_copy(const Value& value) {
  if (value.is<torch::Tensor>()) {
    const auto& tensor = value.as<torch::Tensor>();
    return tensor.detach().to(torch::kCPU, /*non_blocking=*/false, /*copy=*/true);
  }
  if (value.is<Value::Dict>()) {
    Value::Dict copy;
    for (const auto& [key, entry] : value.as<Value::Dict>()) {
      copy.emplace_back(key, host_copy(entry));
    }
    return copy;
  }
  if (value.is<Value::List>()) {
    Value::List copy;
    for (const Value& entry : value.as<Value::List>()) {
      copy.push_back(host_copy(entry));
    }
    return copy;
  }
  return value;
}

}  // namespace gantrain
