#pragma once

#include <vector>

#include "gantrain/data/dataset.h"

namespace gantrain {

// Our own invariants of Dataset::gather and gather_labels: TORCH_CHECK that `out` is what the
// contract says and that every index is one of the data set's.
void check_gather_target(const std::vector<int64_t>& indices, const torch::Tensor& out,
                         const DatasetInfo& info);
void check_gather_labels_target(const std::vector<int64_t>& indices, const torch::Tensor& out,
                                const DatasetInfo& info);

}  // namespace gantrain
