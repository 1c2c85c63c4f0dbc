#pragma once

#include <string_view>

#include "gantrain/core/pickle_value.h"

namespace gantrain {

// Reads one pickle from the start of `bytes`. Nothing is executed: opcodes and globals outside a
// short list are refused by name, OrderedDict, _rebuild_tensor(_v2) and _rebuild_parameter are
// understood, BUILD on an OrderedDict (_metadata) is dropped. Tuples become lists; whole-number,
// bool and text keys become text; integers beyond 64 bits their decimal text. Every tensor lies
// inside its storage. Memory is bounded by pickle_limits. `consumed`: how many bytes the pickle
// took. Throws FormatError.
PickleTree read_pickle(std::string_view bytes, size_t& consumed);

}  // namespace gantrain
