#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gantrain {

// Which part of a published data set.
enum class DataSplit { kTrain, kTest, kAll };

inline const std::vector<std::pair<std::string, DataSplit>>& data_split_names() {
  static const std::vector<std::pair<std::string, DataSplit>> names = {
      {"train", DataSplit::kTrain}, {"test", DataSplit::kTest}, {"all", DataSplit::kAll}};
  return names;
}

}  // namespace gantrain
