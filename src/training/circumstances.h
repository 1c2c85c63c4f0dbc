#pragma once

#include <string>
#include <vector>

#include "gantrain/archive/value.h"
#include "gantrain/data/dataset.h"
#include "gantrain/runtime/device.h"

namespace gantrain {

// What a run's bits depend on besides its state: LibTorch, device, threads, precision, order of
// maps and the data. Written into checkpoints as "circumstances".
Value circumstances(const Runtime& runtime, const DatasetInfo& data);

// One sentence for each that is another than in the checkpoint: what it was, what it is, and what
// that means. An entry that the file does not have is not compared.
std::vector<std::string> changed_circumstances(const Value& saved, const Value& now);

}  // namespace gantrain
