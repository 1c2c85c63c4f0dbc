#include "gantrain/data/dataset.h"

#include "gantrain/data/loader.h"

namespace gantrain {
namespace {

torch::Tensor pixels_for(const ImageGeometry& geometry, int64_t size,
                         const torch::TensorOptions& options) {
  return torch::empty({size, geometry.channels, geometry.height, geometry.width}, options,
                      torch::MemoryFormat::ChannelsLast);
}

}  // namespace

HostBatch make_host_batch(const DatasetInfo& info, int64_t size, bool pinned) {
  const auto options = torch::TensorOptions().pinned_memory(pinned);
  const auto pixels = options.dtype(info.bits == 16 ? torch::kUInt16 : torch::kByte);
  HostBatch batch;
  batch.images = pixels_for(info.geometry, size, pixels);
  if (info.has_inputs()) {
    batch.inputs = pixels_for(info.input_geometry, size, pixels);
  }
  if (info.classes > 0) {
    batch.labels = torch::empty({size}, options.dtype(torch::kLong));
  }
  return batch;
}

HostBatch some_of(const Dataset& dataset, int64_t count, uint64_t seed) {
  DrawOrder order(dataset.info(), seed);
  std::vector<Draw> draws;
  for (int64_t i = 0; i < count; ++i) {
    draws.push_back(order.at(i));
    draws.back().key = 0;
  }
  HostBatch batch = make_host_batch(dataset.info(), count);
  dataset.gather(draws, batch);
  return batch;
}

}  // namespace gantrain
