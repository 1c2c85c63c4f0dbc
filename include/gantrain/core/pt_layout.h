#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gantrain/core/byte_sink.h"
#include "gantrain/core/pickle_value.h"
#include "gantrain/core/zip_plan.h"

namespace gantrain {

// A sealed .pt file (see pt_seal.h) of a tree, laid out before it is written: archive/data.pkl,
// archive/byteorder, archive/version, then archive/data/<key> for each storage.
class PtLayout {
 public:
  // Throws FormatError for a tree that our reader would refuse.
  explicit PtLayout(const PickleTree& tree);

  uint64_t total_bytes() const { return plan_.total_bytes(); }

  // bytes_of(i) gives the bytes of storage i, of exactly the described length; the view is used
  // until the next call. Only one storage at a time need be in memory.
  void write(ByteSink& sink, const std::function<std::string_view(size_t storage)>& bytes_of);

 private:
  std::string pickle_;
  size_t storages_;
  ZipPlan plan_;
};

}  // namespace gantrain
