#include "data/checks.h"

namespace gantrain {
namespace {

void check_indices(const std::vector<int64_t>& indices, const DatasetInfo& info) {
  for (const int64_t index : indices) {
    TORCH_CHECK(index >= 0 && index < info.count, "gather: image ", index, " of ", info.count);
  }
}

}  // namespace

void check_gather_target(const std::vector<int64_t>& indices, const torch::Tensor& out,
                         const DatasetInfo& info) {
  const ImageGeometry& geometry = info.geometry;
  const int64_t count = static_cast<int64_t>(indices.size());
  TORCH_CHECK(
      out.sizes() == at::IntArrayRef({count, geometry.channels, geometry.height, geometry.width}) &&
          out.scalar_type() == torch::kByte && out.device().is_cpu() &&
          out.is_contiguous(torch::MemoryFormat::ChannelsLast),
      "gather: the target is ", out.sizes(), " ", out.scalar_type(),
      ", which is not channels_last bytes of ", count, " images");
  check_indices(indices, info);
}

void check_gather_labels_target(const std::vector<int64_t>& indices, const torch::Tensor& out,
                                const DatasetInfo& info) {
  TORCH_CHECK(info.classes > 0, "gather_labels: there are no labels");
  TORCH_CHECK(out.sizes() == at::IntArrayRef({static_cast<int64_t>(indices.size())}) &&
                  out.scalar_type() == torch::kLong && out.device().is_cpu() && out.is_contiguous(),
              "gather_labels: the target is ", out.sizes(), " ", out.scalar_type());
  check_indices(indices, info);
}

}  // namespace gantrain
