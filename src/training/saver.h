#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <string>
#include <unordered_map>
#include <vector>

#include <torch/torch.h>

#include "gantrain/archive/value.h"
#include "gantrain/core/error.h"

namespace gantrain {

// What the caller does with the tensors of a save until finish().
enum class Meanwhile { kTrains, kWaits };

// Writes checkpoint files in a thread, one save at a time. The caller's tensors are copied to the
// host before save() returns, so training may go on at once; one that stands in several files (the
// generator's weights) is copied once. For a caller that waits, those on the host are written as
// they are: the end of a run takes no memory for copies. Older files are deleted only after
// every file of a newer save was written and verified. A save with a NaN or an infinity in a tensor
// fails as kDiverged and writes nothing: no such file is ever taken for a good one.
class Saver {
 public:
  struct File {
    std::filesystem::path path;
    Value root;
  };
  struct Outcome {
    bool attempted = false;
    bool failed = false;
    ErrorKind kind = ErrorKind::kOutput;
    std::string error;
  };

  ~Saver();

  // Waits for the save in flight, then starts this one: the files in order, then the removals.
  void save(std::vector<File> files, std::vector<std::filesystem::path> remove_afterwards,
            Meanwhile meanwhile = Meanwhile::kTrains);

  // Waits for the save in flight and says how it went; nothing attempted since the last call gives
  // attempted = false.
  Outcome finish();

 private:
  std::future<void> running_;
};

// Copies of trees whose tensors are on the host and share nothing with the originals (kWaits: those
// on the host are the originals). A tensor that was copied before, with the same memory and layout,
// has the same copy.
class HostCopies {
 public:
  explicit HostCopies(Meanwhile meanwhile = Meanwhile::kTrains)
      : apart_(meanwhile == Meanwhile::kTrains) {}
  Value copy(const Value& value);

 private:
  struct Copied {
    torch::Tensor original;  // kept, so that nothing else comes to lie there
    torch::Tensor copy;
  };
  torch::Tensor copy(const torch::Tensor& tensor);

  bool apart_;
  std::unordered_multimap<const void*, Copied> copied_;  // by the original's first byte
};

}  // namespace gantrain
