#include "gantrain/archive/safetensors.h"

#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/little_endian.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

struct Contents {
  std::string bytes;
  nlohmann::json header;
  size_t data = 0;  // where the tensors begin
};

class Safetensors : public ::testing::Test {
 protected:
  Contents write(const Value::Dict& tensors, const SafetensorsMetadata& metadata = {}) {
    write_safetensors_file(folder_.path() / "x.safetensors", tensors, metadata);
    Contents contents;
    contents.bytes = read_file(folder_.path() / "x.safetensors", ErrorKind::kData, 1 << 20);
    const auto length = load_little<uint64_t>(contents.bytes.data());
    contents.header = nlohmann::json::parse(contents.bytes.substr(8, length));
    contents.data = 8 + length;
    return contents;
  }

  TemporaryFolder folder_;
};

TEST_F(Safetensors, HoldsTypesShapesAndNumbers) {
  const Contents file = write({{"w", torch::arange(6, torch::kFloat).view({2, 3})}});
  EXPECT_EQ(file.header["w"]["dtype"], "F32");
  EXPECT_EQ(file.header["w"]["shape"], nlohmann::json({2, 3}));
  EXPECT_EQ(file.header["w"]["data_offsets"], nlohmann::json({0, 24}));
  float fifth = 0;
  std::memcpy(&fifth, file.bytes.data() + file.data + 20, sizeof fifth);
  EXPECT_EQ(fifth, 5.0F);
  EXPECT_EQ(file.bytes.size(), file.data + 24);
}

TEST_F(Safetensors, EveryTensorIsAlignedAndNoByteIsWithoutOne) {
  const Contents file = write({{"byte", torch::ones({3}, torch::kByte)},
                               {"half", torch::ones({5}, torch::kHalf)},
                               {"count", torch::tensor(7, torch::kLong)},
                               {"b", torch::ones({3})},
                               {"a", torch::ones({1})}});
  EXPECT_EQ(file.data % 8, 0u);
  size_t end = 0;
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, size_t>>{
           {"count", 8}, {"a", 4}, {"b", 4}, {"half", 2}, {"byte", 1}}) {
    const size_t start = file.header[name]["data_offsets"][0];
    EXPECT_EQ(start, end) << name;
    EXPECT_EQ(start % bytes, 0u) << name;
    end = file.header[name]["data_offsets"][1];
  }
  EXPECT_EQ(file.bytes.size(), file.data + end);
  EXPECT_TRUE(file.header["count"]["shape"].empty());
}

TEST_F(Safetensors, StridesAreNotSeen) {
  const torch::Tensor plain = torch::arange(24, torch::kFloat).view({1, 2, 3, 4});
  const std::string straight = write({{"w", plain}}).bytes;
  EXPECT_EQ(write({{"w", plain.contiguous(torch::MemoryFormat::ChannelsLast)}}).bytes, straight);
}

TEST_F(Safetensors, MetadataAreTexts) {
  const Contents file = write({{"w", torch::ones({1})}}, {{"format", "pt"}, {"step", "3"}});
  EXPECT_EQ(file.header["__metadata__"], nlohmann::json({{"format", "pt"}, {"step", "3"}}));
}

TEST_F(Safetensors, SameTensorsGiveSameBytesWhateverTheirOrder) {
  const torch::Tensor a = torch::ones({2});
  const torch::Tensor b = torch::zeros({2});
  EXPECT_EQ(write({{"a", a}, {"b", b}}).bytes, write({{"b", b}, {"a", a}}).bytes);
}

}  // namespace
}  // namespace gantrain
