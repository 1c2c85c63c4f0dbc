#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/archive/value.h"

namespace gantrain {

// The weights of one network in a file that another program wrote.
struct ForeignWeights {
  std::string place;                // where they stand in the file: "state_dict", "" = at its top
  std::string prefix;               // what every key began with and does not any more: "module."
  Value::Dict tensors;              // the state dict, in the file's order; tensors only
  std::vector<std::string> others;  // places of other state dicts in the file
};

// Finds the state dict in what read_pt_file() gave: at the top, or in nested dictionaries
// ("state_dict", "netG", "params_ema" ...; never in an optimizer's), or the part of one whose keys
// begin with a generator's name. Where there are several, averaged weights come before a
// generator's, those before general names. `chosen` names the place instead ("" = by itself).
// `where` begins the message of an Error(kCheckpoint): no weights, several that are equally likely,
// none of that name (all with the places that there are).
ForeignWeights find_foreign_weights(const Value& root, const std::string& chosen,
                                    const std::string& where);

// One entry of the state dict that a network has.
struct NeededTensor {
  std::string key;
  std::vector<int64_t> sizes;
};

// Which tensor of a file goes where.
struct WeightMatch {
  struct Pair {
    std::string from;  // key in the file, without the prefix
    std::string to;
    torch::Tensor tensor;
  };
  bool by_name = true;
  std::vector<Pair> pairs;
  std::vector<std::string> dropped;      // statistics in the file that the network does not keep
  std::vector<std::string> kept;         // counters of the network that the file does not have
  std::vector<std::string> differences;  // empty: it fits, and pairs are complete
};

// Matches by name; where the names are others, by order and shape: the layers (modules whose weight
// has two or more dimensions) in their order and the norms in theirs, tensors inside a module by
// the last part of their name. Statistics of norms (running_mean, running_var, num_batches_tracked)
// that the network does not have are dropped: old instance norms saved them. num_batches_tracked
// may be missing (before PyTorch 0.4.1).
WeightMatch match_weights(const Value::Dict& tensors, const std::vector<NeededTensor>& needed);

}  // namespace gantrain
