#include "data/checks.h"

#include "gantrain/core/error.h"

namespace gantrain {
namespace {

void check_pixels(const torch::Tensor& out, const ImageGeometry& geometry, int64_t count,
                  int bits) {
  const auto type = bits == 16 ? torch::kUInt16 : torch::kByte;
  TORCH_CHECK(
      out.sizes() == at::IntArrayRef({count, geometry.channels, geometry.height, geometry.width}) &&
          out.scalar_type() == type && out.device().is_cpu() &&
          out.is_contiguous(torch::MemoryFormat::ChannelsLast),
      "gather: the target is ", out.sizes(), " ", out.scalar_type(),
      ", which is not channels_last ", type, " of ", count, " images");
}

}  // namespace

void check_gather(const std::vector<Draw>& draws, const HostBatch& out, const DatasetInfo& info) {
  const auto count = static_cast<int64_t>(draws.size());
  check_pixels(out.images, info.geometry, count, info.bits);
  if (info.has_inputs()) {
    check_pixels(out.inputs, info.input_geometry, count, info.bits);
  }
  TORCH_CHECK(
      info.classes == 0 || (out.labels.sizes() == at::IntArrayRef({count}) &&
                            out.labels.scalar_type() == torch::kLong && out.labels.is_contiguous()),
      "gather: the target of the labels is no [n] int64");
  const int64_t images = info.unpaired_images > 0 ? info.unpaired_images : info.count;
  const int64_t inputs = info.unpaired_inputs > 0 ? info.unpaired_inputs : info.count;
  for (const Draw& draw : draws) {
    TORCH_CHECK(draw.image >= 0 && draw.image < images, "gather: image ", draw.image, " of ",
                images);
    TORCH_CHECK(draw.input >= 0 && draw.input < inputs, "gather: input ", draw.input, " of ",
                inputs);
  }
}

void check_no_inputs(const BatchGeometry& geometry, const std::string& where) {
  if (geometry.has_inputs()) {
    throw Error(ErrorKind::kConfig,
                where +
                    ": the model is given inputs, and this data set has none; use data.type "
                    "paired, paired_folders, unpaired or derived.");
  }
}

}  // namespace gantrain
