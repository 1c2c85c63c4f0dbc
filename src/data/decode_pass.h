#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/core/stop_check.h"

#include "data/pixel_store.h"
#include "data/record_maker.h"
#include "data/worker_pool.h"

namespace gantrain {

// Decodes every record into the store (nullptr: only to see whether it can be done) with the pool's
// workers; `skip` holds the records, ascending, that are known to be bad. What comes out does not
// depend on the number of workers. Throws Stopped; Error(kOutput) of the store.
DecodeFindings decode_all(const RecordMaker& maker, const PictureSource& source,
                          const std::vector<uint64_t>& offsets, const std::vector<int64_t>& skip,
                          PixelStore* store, WorkerPool& pool, const StopCheck& stopped);

}  // namespace gantrain
