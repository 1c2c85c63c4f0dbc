#include "gantrain/data/loader.h"

#include "data/counter_random.h"

namespace gantrain {
namespace {

// What tells the streams of one seed apart.
constexpr uint64_t kInputs = 0x696e70757473;  // "inputs"
constexpr uint64_t kKeys = 0x6b657973;        // "keys"

}  // namespace

DrawOrder::DrawOrder(const DatasetInfo& info, uint64_t seed)
    : seed_(seed), images_(info.unpaired_images > 0 ? info.unpaired_images : info.count, seed) {
  if (info.unpaired_inputs > 0) {
    inputs_.emplace(info.unpaired_inputs, CounterRandom(seed, kInputs).next());
  }
}

Draw DrawOrder::at(int64_t position) {
  Draw draw;
  draw.image = images_.at(position);
  draw.input = inputs_ ? inputs_->at(position) : draw.image;
  draw.key = CounterRandom(seed_ ^ kKeys, static_cast<uint64_t>(position)).next();
  return draw;
}

}  // namespace gantrain
