#include "gantrain/archive/pt_file.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/core/error.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using ::testing::HasSubstr;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

class PtFile : public ::testing::Test {
 protected:
  Value round_trip(const Value& value) {
    Value root;
    root["gantrain"] = Value::Dict();
    root["value"] = value;
    write_pt_file(path_, root);
    PtContents contents = read_pt_file(path_);
    EXPECT_TRUE(contents.sealed);
    return *contents.root.find("value");
  }

  void expect_same(const torch::Tensor& tensor) {
    const Value back = round_trip(tensor);
    ASSERT_TRUE(back.is<torch::Tensor>());
    const auto& read = back.as<torch::Tensor>();
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type());
    EXPECT_EQ(read.sizes(), tensor.sizes());
    EXPECT_TRUE(torch::equal(read, tensor)) << tensor.scalar_type();
    EXPECT_FALSE(read.requires_grad());
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "a.pt";
};

TEST_F(PtFile, KeepsEveryElementType) {
  torch::manual_seed(1);
  for (const auto type :
       {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kInt32, torch::kInt64,
        torch::kFloat16, torch::kBFloat16, torch::kFloat32, torch::kFloat64}) {
    expect_same(torch::randn({3, 5}).mul(40).abs().to(type));
  }
}

TEST_F(PtFile, KeepsShapesOfEveryRank) {
  for (int64_t rank = 0; rank <= 8; ++rank) {
    expect_same(torch::arange(1 << rank).view(std::vector<int64_t>(rank, 2)));
  }
}

TEST_F(PtFile, KeepsEmptyTensors) {
  expect_same(torch::empty({0}));
  expect_same(torch::empty({3, 0, 2}, torch::kInt64));
}

TEST_F(PtFile, KeepsNonFiniteNumbersBitwise) {
  const double inf = std::numeric_limits<double>::infinity();
  const torch::Tensor odd = torch::tensor({inf, -inf, std::nan(""), -0.0, 1e-320}, torch::kFloat64);
  const torch::Tensor read = round_trip(odd).as<torch::Tensor>();
  EXPECT_TRUE(torch::equal(read.view(torch::kInt64), odd.view(torch::kInt64)));
}

TEST_F(PtFile, KeepsTheStridesOfChannelsLast) {
  const torch::Tensor tensor =
      torch::randn({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor read = round_trip(tensor).as<torch::Tensor>();
  EXPECT_EQ(read.strides(), tensor.strides());
  EXPECT_TRUE(torch::equal(read, tensor));
}

TEST_F(PtFile, WritesViewsAsStoragesOfTheirOwn) {
  const torch::Tensor whole = torch::arange(1'000'000);
  expect_same(whole.slice(0, 10, 20));
  EXPECT_LT(std::filesystem::file_size(path_), 10'000u);
  expect_same(whole.slice(0, 0, 100, 7));               // gaps
  expect_same(whole.slice(0, 5, 35).view({5, 6}).t());  // transposed
  expect_same(torch::arange(3).expand({4, 3}));         // stride 0
}

TEST_F(PtFile, DetachesParameters) {
  expect_same(torch::randn({2, 2}, torch::requires_grad()));
}

TEST_F(PtFile, KeepsPlainValues) {
  for (const int64_t number :
       {int64_t{0}, int64_t{255}, int64_t{256}, int64_t{65536}, int64_t{-1}, int64_t{1} << 31,
        -(int64_t{1} << 31), -(int64_t{1} << 31) - 1, std::numeric_limits<int64_t>::max(),
        std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(round_trip(number).as<int64_t>(), number);
  }
  for (const double number : {0.0, -1.5, 1e300, 5e-324}) {
    EXPECT_EQ(round_trip(number).as<double>(), number);
  }
  EXPECT_TRUE(round_trip(true).as<bool>());
  EXPECT_FALSE(round_trip(false).as<bool>());
  EXPECT_TRUE(round_trip(Value()).is<std::monostate>());
  EXPECT_EQ(round_trip("").as<std::string>(), "");
  EXPECT_EQ(round_trip("Größe 大きさ 🎨").as<std::string>(), "Größe 大きさ 🎨");
}

TEST_F(PtFile, KeepsNestingOrderAndUnicodeKeys) {
  Value value;
  value["z"]["ключ"] = int64_t{1};
  value["a"] = Value::List{Value(1.5), Value(Value::List()), Value(Value::Dict())};
  const Value read = round_trip(value);
  ASSERT_EQ(read.as<Value::Dict>().size(), 2u);
  EXPECT_EQ(read.as<Value::Dict>()[0].first, "z");
  EXPECT_EQ(read.find("z")->find("ключ")->as<int64_t>(), 1);
  const auto& list = read.find("a")->as<Value::List>();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].as<double>(), 1.5);
  EXPECT_TRUE(list[1].as<Value::List>().empty());
  EXPECT_TRUE(list[2].as<Value::Dict>().empty());
}

TEST_F(PtFile, SavesEqualStateAsEqualBytes) {
  torch::manual_seed(3);
  Value root;
  root["networks"]["generator"]["w"] = torch::randn({64, 32});
  root["step"] = int64_t{5};
  write_pt_file(path_, root);
  Value copy;
  copy["networks"]["generator"]["w"] =
      root["networks"]["generator"]["w"].as<torch::Tensor>().clone();
  copy["step"] = int64_t{5};
  const std::filesystem::path second = folder_.path() / "another name.pt";
  write_pt_file(second, copy);
  EXPECT_EQ(bytes_of(path_), bytes_of(second));
}

TEST_F(PtFile, LeavesNoTemporaryAndReplacesTheOlderFile) {
  for (int64_t step = 0; step < 3; ++step) {
    Value root;
    root["step"] = step;
    write_pt_file(path_, root);
    EXPECT_EQ(read_pt_file(path_).root.find("step")->as<int64_t>(), step);
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.pt"});
}

TEST_F(PtFile, WritesNothingThatCouldNotBeReadAgain) {
  const auto problem_of = [&](const Value& value) -> std::string {
    try {
      round_trip(value);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kOutput);
      return error.what();
    }
  };
  Value deep = int64_t{1};
  for (int i = 0; i < 70; ++i) {
    deep = Value::List{deep};
  }
  EXPECT_THAT(problem_of(deep), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(problem_of(torch::zeros(std::vector<int64_t>(9, 1))), HasSubstr("rank 9"));
  Value::Dict twice;
  twice.emplace_back("w", Value(int64_t{1}));
  twice.emplace_back("w", Value(int64_t{2}));
  EXPECT_THAT(problem_of(twice), HasSubstr("\"w\" is there twice"));
  Value::Dict longest;
  longest.emplace_back(std::string(513, 'k'), Value());
  EXPECT_THAT(problem_of(longest), HasSubstr("513 bytes"));
  EXPECT_THAT(problem_of("\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(problem_of(std::string(17u << 20, 'x')), HasSubstr("at most"));
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(PtFile, MissingFileIsNamed) {
  try {
    read_pt_file(folder_.path() / "none.pt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCheckpoint);
    EXPECT_THAT(error.what(), HasSubstr("none.pt"));
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
  EXPECT_THROW(read_pt_file(folder_.path()), Error);
}

}  // namespace
}  // namespace gantrain
