#pragma once

#include <cstdint>
#include <vector>

#include "data/header_scan.h"
#include "data/pixel_store.h"
#include "data/record_maker.h"

namespace gantrain {

// Where the records of a plan will lie, by their headers alone.
struct RecordLayout {
  Offsets offsets;              // those of bad records are empty
  std::vector<int64_t> skip;    // records without a place, because they are bad; ascending
  std::vector<BadPicture> bad;  // of them, those whose files are sound: too small, no pair
  uint64_t bytes() const { return offsets->back(); }
};

RecordLayout lay_out(const PicturePlan& plan, const RecordMaker& maker, const HeaderScan& headers);

}  // namespace gantrain
