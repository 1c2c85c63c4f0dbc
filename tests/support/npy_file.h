#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <torch/torch.h>

namespace gantrain {

// A float32 .npy file of version 1.0: header text with the shape, then the numbers.
inline torch::Tensor read_npy(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream stream;
  stream << in.rdbuf();
  const std::string bytes = stream.str();
  const size_t start = 10 + static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  EXPECT_THAT(bytes.substr(0, start), ::testing::HasSubstr("<f4"));
  const size_t open = bytes.find("'shape': (") + 10;
  std::stringstream shape(bytes.substr(open, bytes.find(')', open) - open));
  std::vector<int64_t> sizes;
  for (std::string part;
       std::getline(shape, part, ',') && part.find_first_of("0123456789") != std::string::npos;) {
    sizes.push_back(std::stoll(part));
  }
  torch::Tensor values = torch::empty(sizes);
  EXPECT_EQ(bytes.size() - start, values.nbytes());
  std::memcpy(values.data_ptr(), bytes.data() + start, values.nbytes());
  return values;
}

}  // namespace gantrain
