// Weights of other programs in our networks, against what PyTorch 1.13 made of them (shared data),
// and against the network that they were taken from (generated).

#include "gantrain/training/import_weights.h"

#include <string>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/archive/pt_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/training/generator_file.h"
#include "gantrain/training/state_dict.h"

#include "support/npy_file.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDcgan28 = R"("resolution": 28, "image_channels": 1, "latent_dim": 100,
  "generator_channels": [128, 64, 32], "generator_kernels": [3, 4, 4],
  "generator_activation": "leaky_relu", "generator_slope": 0.2)";
constexpr const char* kDcgan64 = R"("resolution": 64, "image_channels": 1, "latent_dim": 100,
  "generator_channels": [128, 64, 32, 16], "generator_bias": true)";
constexpr const char* kMlp = R"("resolution": 28, "image_channels": 1, "latent_dim": 64,
  "generator_layers": "dense", "generator_channels": [256, 256], "generator_norm": "none",
  "generator_bias": true)";

RunConfig config_of(const std::string& model) {
  return parse_run_config(R"({"format": 1, "model": {"type": "dcgan", )" + model +
                              R"(}, "data": {"type": "synthetic"}})",
                          "test");
}

class ImportWeights : public ::testing::Test {
 protected:
  std::filesystem::path out() { return folder_.path() / "g.pt"; }

  torch::Tensor pictures(const torch::Tensor& z) {
    LoadedGenerator loaded = load_generator(out(), WeightChoice::kEma, torch::kCPU);
    GeneratorInput input;
    input.z = z.flatten(1);
    return loaded.generator->run(input);
  }

  void expect_golden(const std::string& name, const char* model) {
    const std::filesystem::path folder = shared_data("weights") / name;
    GANTRAIN_NEEDS_SHARED_DATA(folder);
    const auto imported =
        import_weights({{"", folder / "generator.pth", ""}}, config_of(model), out());
    EXPECT_FALSE(imported[0].match.by_name);
    const torch::Tensor expected = read_npy(folder / "golden_out.npy");
    const torch::Tensor made = pictures(read_npy(folder / "golden_in.npy")).view_as(expected);
    EXPECT_LT((made - expected).abs().max().item<float>(), 1e-4);
  }

  // The generator of a model, saved under other names by another program, comes back whole.
  void expect_round_trip(const char* model, const std::string& prefix, bool wrapped) {
    const RunConfig config = config_of(model);
    torch::manual_seed(1);
    NetworkMap networks = build_generator_networks(config.model);
    torch::nn::Module& generator = *networks["generator"];
    generator.train();
    auto maker = build_generator(config.model, networks);
    Value::Dict renamed;
    for (const auto& [key, value] : state_dict(generator)) {
      const auto& tensor = value.as<torch::Tensor>();
      if (tensor.is_floating_point()) {
        torch::NoGradGuard no_grad;
        tensor.uniform_(0.01, 0.2);
      }
      renamed.emplace_back(prefix + key.substr(std::string("main.").size()), value);
    }
    Value root = renamed;
    if (wrapped) {
      root = Value();
      root["netG"] = renamed;
      root["epoch"] = int64_t{7};
    }
    write_pt_file(folder_.path() / "foreign.pth", root);
    const auto imported = import_weights({{"", folder_.path() / "foreign.pth", ""}}, config, out());
    EXPECT_EQ(imported[0].match.by_name, prefix == "main.");
    const torch::Tensor z = torch::randn({3, maker->latent_dim()});
    GeneratorInput input;
    input.z = z;
    EXPECT_LT((pictures(z) - maker->run(input)).abs().max().item<float>(), 1e-6);
  }

  std::string problem_of(const Value& root, const char* model) {
    write_pt_file(folder_.path() / "foreign.pth", root);
    try {
      import_weights({{"", folder_.path() / "foreign.pth", ""}}, config_of(model), out());
      return "";
    } catch (const Error& error) {
      EXPECT_FALSE(std::filesystem::exists(out()));
      return error.what();
    }
  }

  TemporaryFolder folder_;
};

TEST_F(ImportWeights, Dcgan28OfAnotherProgramMakesTheGoldenPictures) {
  expect_golden("mnist_dcgan28", kDcgan28);
}

TEST_F(ImportWeights, Dcgan64OfAnotherProgramMakesTheGoldenPictures) {
  expect_golden("mnist_dcgan64", kDcgan64);
}

TEST_F(ImportWeights, MlpOfAnotherProgramMakesTheGoldenPictures) {
  expect_golden("mnist_mlp_gan", kMlp);
}

TEST_F(ImportWeights, GeneratedDcgan28ComesBack) {
  expect_round_trip(kDcgan28, "layer_stack.", false);
}

TEST_F(ImportWeights, GeneratedDcgan64ComesBackByName) {
  expect_round_trip(kDcgan64, "main.", true);
}

TEST_F(ImportWeights, GeneratedMlpComesBackFromAContainer) {
  expect_round_trip(kMlp, "", true);
}

TEST_F(ImportWeights, WhatDoesNotFitIsListedAndNothingWritten) {
  Value::Dict state;
  for (int i = 0; i < 12; ++i) {
    state.emplace_back("layer" + std::to_string(i) + ".weight", torch::ones({2, 2}));
  }
  const std::string problem = problem_of(state, kMlp);
  EXPECT_THAT(problem, HasSubstr("does not fit this network (generator of the configuration)"));
  EXPECT_THAT(problem, HasSubstr("the file has 12 layers, the network 3"));
  EXPECT_THAT(problem, HasSubstr("\n  ..."));
}

TEST_F(ImportWeights, NumbersThatAreNotFiniteAreRefused) {
  const RunConfig config = config_of(kMlp);
  NetworkMap networks = build_generator_networks(config.model);
  Value::Dict state = state_dict(*networks["generator"]);
  {
    torch::NoGradGuard no_grad;
    state[2].second.as<torch::Tensor>()[0][0] = std::numeric_limits<float>::quiet_NaN();
  }
  EXPECT_THAT(problem_of(state, kMlp), HasSubstr("\"main.2.weight\" holds numbers that are not"));
}

TEST_F(ImportWeights, OurOwnFilesNeedNoImport) {
  expect_round_trip(kMlp, "main.", false);
  try {
    import_weights({{"", out(), ""}}, config_of(kMlp), folder_.path() / "again.pt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is a file of gantrain already"));
  }
}

}  // namespace
}  // namespace gantrain
