#pragma once

#include <string>
#include <vector>

#include "gantrain/data/dataset.h"

namespace gantrain {

// Our own invariants of Dataset::gather: TORCH_CHECK that `out` is what make_host_batch() makes for
// the draws and that every index is one of the data set's.
void check_gather(const std::vector<Draw>& draws, const HostBatch& out, const DatasetInfo& info);

// Throws Error(kConfig), beginning with `where`, when the model is given inputs: of a data set that
// has none.
void check_no_inputs(const BatchGeometry& geometry, const std::string& where);

}  // namespace gantrain
