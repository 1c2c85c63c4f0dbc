#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/batch.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

// The order of an endless stream of indices: epoch e is a permutation that depends on (seed, e)
// only, so a position is all that a checkpoint has to hold. The same on every platform.
class EndlessShuffle {
 public:
  EndlessShuffle(int64_t count, uint64_t seed, bool shuffle = true);
  int64_t at(int64_t position);  // position >= 0, in images since the run's start; amortised O(1)
                                 // going forward

 private:
  void make_epoch(int64_t epoch);
  int64_t count_;
  uint64_t seed_;
  bool shuffle_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
};

// The draws of an endless stream: draw i is a function of (seed, i) only. Images and inputs of an
// unpaired set have orders, and so epochs, of their own.
class DrawOrder {
 public:
  DrawOrder(const DatasetInfo& info, uint64_t seed);
  Draw at(int64_t position);

 private:
  uint64_t seed_;
  EndlessShuffle images_;
  std::optional<EndlessShuffle> inputs_;
};

// Fixed-size batches from an endless, seeded stream; a batch may cross an epoch's end. The tensors
// of the batch are reused: one batch is valid until the next call. A thread of its own gathers the
// bytes of the following batches (two are held); they become floats on the device (from pinned
// memory when that is a CUDA device). What the thread throws comes out of next(). The
// loader itself belongs to one thread.
class BatchLoader {
 public:
  // type: torch::kFloat or torch::kDouble. format: of the batch's pictures.
  BatchLoader(std::shared_ptr<const Dataset> dataset, int64_t batch_size, uint64_t seed,
              torch::Device device, torch::ScalarType type,
              torch::MemoryFormat format = torch::MemoryFormat::ChannelsLast);
  ~BatchLoader();

  const Batch& next();
  int64_t position() const;  // images handed out since the run's start
  // Another order of the same data from here on; the position stays.
  void reshuffle(uint64_t seed);
  void seek(int64_t position);  // resume: next() goes on as if that many images had been handed out
  void repeat_first(
      bool on);  // --overfit-batch: always the first batch of the run; position() still counts
  const Dataset& dataset() const;
  // How long next() has waited for the gathering thread, all calls together.
  double seconds_waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gantrain
