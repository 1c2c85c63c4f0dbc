#pragma once

#include <vector>

#include <torch/torch.h>

#include "gantrain/data/dataset.h"

namespace gantrain {

// What gather() makes of the indices: [n, C, H, W] uint8.
inline torch::Tensor gathered(const Dataset& dataset, const std::vector<int64_t>& indices) {
  const ImageGeometry& geometry = dataset.info().geometry;
  torch::Tensor out = torch::zeros({static_cast<int64_t>(indices.size()), geometry.channels,
                                    geometry.height, geometry.width},
                                   torch::kByte)
                          .contiguous(torch::MemoryFormat::ChannelsLast);
  dataset.gather(indices, out);
  return out;
}

inline std::vector<int64_t> gathered_labels(const Dataset& dataset,
                                            const std::vector<int64_t>& indices) {
  torch::Tensor out = torch::zeros({static_cast<int64_t>(indices.size())}, torch::kLong);
  dataset.gather_labels(indices, out);
  return {out.data_ptr<int64_t>(), out.data_ptr<int64_t>() + out.numel()};
}

inline std::vector<int64_t> first_indices(int64_t count) {
  std::vector<int64_t> indices(count);
  for (int64_t i = 0; i < count; ++i) {
    indices[i] = i;
  }
  return indices;
}

// Mean of each channel over all images, 0 to 255.
inline std::vector<double> channel_means(const Dataset& dataset) {
  std::vector<double> sums(dataset.info().geometry.channels, 0.0);
  constexpr int64_t kPiece = 1000;
  for (int64_t start = 0; start < dataset.info().count; start += kPiece) {
    std::vector<int64_t> indices;
    for (int64_t i = start; i < std::min(start + kPiece, dataset.info().count); ++i) {
      indices.push_back(i);
    }
    const torch::Tensor means = gathered(dataset, indices).to(torch::kDouble).mean({0, 2, 3});
    for (size_t c = 0; c < sums.size(); ++c) {
      sums[c] +=
          means[static_cast<int64_t>(c)].item<double>() * static_cast<double>(indices.size());
    }
  }
  for (double& sum : sums) {
    sum /= static_cast<double>(dataset.info().count);
  }
  return sums;
}

}  // namespace gantrain
