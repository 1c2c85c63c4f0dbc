// Weights that other people's programs saved, run against the outputs that PyTorch 1.13 made from
// them. The files are no part of the repository: without them (GANTRAIN_SHARED_DATA) the tests are
// skipped. python_test.cpp makes files of the same kinds.

#include <filesystem>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"

#include "support/npy_file.h"
#include "support/shared_data.h"

namespace gantrain {
namespace {

using ::testing::HasSubstr;
namespace F = torch::nn::functional;

class ThirdPartyWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = shared_data("weights");
    GANTRAIN_NEEDS_SHARED_DATA(folder_);
  }

  Value read(const std::string& name) {
    PtContents contents = read_pt_file(folder_ / name);
    EXPECT_FALSE(contents.sealed);
    return contents.root;
  }

  static torch::Tensor tensor(const Value& root, const std::string& key) {
    const Value* found = root.find(key);
    EXPECT_NE(found, nullptr) << key;
    return found->as<torch::Tensor>();
  }

  torch::Tensor golden(const std::string& name) { return read_npy(folder_ / name); }

  std::filesystem::path folder_;
};

TEST_F(ThirdPartyWeights, LegacyPerceptronMakesTheGoldenPictures) {
  const Value root = read("mnist_mlp_gan/generator.pth");
  std::vector<torch::Tensor> layers;  // weight, bias, weight, bias ... in the file's order
  for (const auto& [key, value] : root.as<Value::Dict>()) {
    layers.push_back(value.as<torch::Tensor>());
  }
  ASSERT_EQ(layers.size(), 6u);
  torch::Tensor x = golden("mnist_mlp_gan/golden_in.npy");
  x = torch::relu(F::linear(x, layers[0], layers[1]));
  x = torch::relu(F::linear(x, layers[2], layers[3]));
  x = torch::tanh(F::linear(x, layers[4], layers[5]));
  EXPECT_LT((x - golden("mnist_mlp_gan/golden_out.npy")).abs().max().item<float>(), 1e-4);
}

TEST_F(ThirdPartyWeights, ZipFileSavedFromCudaMakesTheGoldenPictures) {
  const Value root = read("mnist_dcgan64/generator.pth");
  torch::Tensor x = golden("mnist_dcgan64/golden_in.npy");
  for (int i = 1; i <= 5; ++i) {
    const std::string layer = "deconv" + std::to_string(i);
    auto options = F::ConvTranspose2dFuncOptions().bias(tensor(root, layer + ".bias"));
    x = F::conv_transpose2d(x, tensor(root, layer + ".weight"),
                            i == 1 ? options : options.stride(2).padding(1));
    if (i < 5) {
      const std::string norm = layer + "_bn.";
      x = torch::relu(F::batch_norm(x, tensor(root, norm + "running_mean"),
                                    tensor(root, norm + "running_var"),
                                    F::BatchNormFuncOptions()
                                        .weight(tensor(root, norm + "weight"))
                                        .bias(tensor(root, norm + "bias"))));
    }
  }
  EXPECT_LT((torch::tanh(x) - golden("mnist_dcgan64/golden_out.npy")).abs().max().item<float>(),
            1e-4);
}

TEST_F(ThirdPartyWeights, EveryStateDictIsRead) {
  for (const char* name : {"lpips_v0.1/alex.pth", "lpips_v0.1/squeeze.pth", "lpips_v0.1/vgg.pth",
                           "mnist_dcgan28/discriminator.pth", "mnist_dcgan28/generator.pth",
                           "mnist_dcgan64/discriminator.pth", "mnist_mlp_gan/discriminator.pth",
                           "mnist_lenet/lenet.pth", "squeezenet1_0_imagenet/squeezenet1_0.pth"}) {
    const Value root = read(name);
    int64_t elements = 0;
    for (const auto& [key, value] : root.as<Value::Dict>()) {
      ASSERT_TRUE(value.is<torch::Tensor>()) << name << " " << key;
      EXPECT_TRUE(value.as<torch::Tensor>().device().is_cpu());
      EXPECT_TRUE(torch::isfinite(value.as<torch::Tensor>()).all().item<bool>()) << name << key;
      elements += value.as<torch::Tensor>().numel();
    }
    EXPECT_GT(elements, 0) << name;
  }
}

TEST_F(ThirdPartyWeights, OtherFormatsAreRefusedByName) {
  const auto problem_of = [&](const std::string& name) -> std::string {
    try {
      read(name);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_THAT(problem_of("mnist_lenet/lenet_ts.pt"), HasSubstr("TorchScript"));
  EXPECT_THAT(problem_of("squeezenet1_0_imagenet/squeezenet1_0_ts.pt"), HasSubstr("TorchScript"));
  EXPECT_THAT(problem_of("squeezenet1_0_imagenet/compressed_SqueezeNet.net"),
              HasSubstr("not a PyTorch file (starts with 0x4e360000"));
}

}  // namespace
}  // namespace gantrain
