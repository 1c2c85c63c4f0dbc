#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <torch/torch.h>

#include "gantrain/data/batch.h"
#include "gantrain/runtime/device.h"
#include "gantrain/runtime/random_streams.h"

namespace gantrain {

using TensorMap = std::map<std::string, torch::Tensor>;

// Everything of one micro-batch of one update of one step. The trainer makes it; tests and graph
// capture inject what it hands out.
class StepContext {
 public:
  // batch: this micro-batch; [start, start + batch.size()) of a local batch of local_batch_size.
  StepContext(const RandomStreams& streams, const Runtime& runtime, Batch batch, int64_t step,
              int64_t draw, int64_t start, int64_t local_batch_size);

  const Batch& batch() const { return batch_; }
  int64_t step() const { return step_; }

  // Draws for the whole local batch, sliced to this micro-batch, so that micro-batches change
  // nothing: shape[0] must be the micro-batch's size. Functions of (seed, rank, step, draw, stream)
  // only; a tensor injected under the stream's name wins.
  torch::Tensor normal(std::string_view stream, torch::IntArrayRef shape);
  torch::Tensor uniform(std::string_view stream, torch::IntArrayRef shape);
  torch::Tensor integers(std::string_view stream, int64_t high, torch::IntArrayRef shape);

  // RAII round network calls only; outputs and losses are float32 (float64 at fp64).
  PrecisionScope precision() const { return PrecisionScope(runtime_.device, runtime_.precision); }

  // An unweighted scalar for the log, as Report/<name>: D(x), accuracy. Detached; never read by the
  // host inside a step.
  void report(std::string_view name, const torch::Tensor& scalar);

  // What prepare() leaves for the phases.
  TensorMap& shared() { return shared_; }

  void inject(const std::string& stream, torch::Tensor value) {
    injected_[stream] = std::move(value);
  }
  const std::vector<std::pair<std::string, torch::Tensor>>& reports() const { return reports_; }
  void clear_reports() { reports_.clear(); }

 private:
  torch::Tensor slice(const torch::Tensor& whole) const;
  torch::Tensor find_injected(std::string_view stream) const;
  std::vector<int64_t> whole_shape(torch::IntArrayRef shape) const;

  const RandomStreams& streams_;
  Runtime runtime_;
  Batch batch_;
  int64_t step_;
  int64_t draw_;
  int64_t start_;
  int64_t local_batch_size_;
  TensorMap shared_;
  TensorMap injected_;
  std::vector<std::pair<std::string, torch::Tensor>> reports_;
};

}  // namespace gantrain
