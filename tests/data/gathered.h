#pragma once

#include <vector>

#include <torch/torch.h>

#include "gantrain/data/dataset.h"

namespace gantrain {

// The images of these indices, cropped in the middle and not mirrored.
inline HostBatch gathered_batch(const Dataset& dataset, const std::vector<int64_t>& indices) {
  std::vector<Draw> draws;
  for (const int64_t index : indices) {
    draws.push_back({index, index, 0});
  }
  HostBatch out = make_host_batch(dataset.info(), static_cast<int64_t>(indices.size()));
  dataset.gather(draws, out);
  return out;
}

inline torch::Tensor gathered(const Dataset& dataset, const std::vector<int64_t>& indices) {
  return gathered_batch(dataset, indices).images;
}

inline std::vector<int64_t> gathered_labels(const Dataset& dataset,
                                            const std::vector<int64_t>& indices) {
  const torch::Tensor labels = gathered_batch(dataset, indices).labels;
  return {labels.data_ptr<int64_t>(), labels.data_ptr<int64_t>() + labels.numel()};
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
