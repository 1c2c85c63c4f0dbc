#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"

#include "config/made_up_schema.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

class ConfigLayers : public testing::Test {
 protected:
  Config load(const std::string& name, const std::vector<std::string>& overrides = {}) const {
    return load_config(folder_.path() / name, overrides, made_up_schema());
  }
  // The message with the scratch folder cut out.
  std::string message(const std::string& name,
                      const std::vector<std::string>& overrides = {}) const {
    try {
      load(name, overrides);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      std::string text = error.what();
      const std::string root = folder_.path().string() + "/";
      for (size_t at = text.find(root); at != std::string::npos; at = text.find(root)) {
        text.erase(at, root.size());
      }
      return text;
    }
    return "accepted";
  }

  TemporaryFolder folder_;
};

TEST_F(ConfigLayers, LaterLayersWinAndObjectsMerge) {
  folder_.write("base.json",
                R"({"seed": 1, "name": "base", "model": {"type": "net", "channels": [1, 2, 3]},
                    "training": {"batch_size": 8, "length": "3 epochs"}})");
  folder_.write("own.json",
                R"({"extends": "base.json", "name": "own", "model": {"channels": [9]},
                    "training": {"batch_size": 16}})");
  const Config config = load("own.json", {"training.batch_size=32", "name=a b"});
  EXPECT_EQ(config.options<MadeUpRun>("").seed, 1);
  EXPECT_EQ(config.options<MadeUpRun>("").name, "a b");
  EXPECT_EQ(config.options<MadeUpNet>("model").channels, std::vector<int64_t>({9}));
  EXPECT_EQ(config.options<MadeUpTraining>("training").batch_size, 32);
  EXPECT_EQ(config.options<MadeUpTraining>("training").length, (Length{3, LengthUnit::kEpochs}));
  const std::string root = folder_.path().string();
  EXPECT_EQ(config.place("seed"), root + "/base.json:1:10: seed");
  EXPECT_EQ(config.place("training.batch_size"), "--set: training.batch_size");
  EXPECT_EQ(config.place("model.bias"), "model.bias");
}

TEST_F(ConfigLayers, TheLastOverrideOfAKeyWins) {
  folder_.write("a.json", R"({"model": {"type": "net"}})");
  EXPECT_EQ(load("a.json", {"seed=1", "seed=2"}).options<MadeUpRun>("").seed, 2);
}

TEST_F(ConfigLayers, OverridesAreTypedByTheirOption) {
  folder_.write("a.json", R"({"model": {"type": "net"}})");
  const Config config =
      load("a.json", {"name=5", "model.channels=[4, 5]", "model.bias=true", "model.dropout=5e-1",
                      "training.every=3h50m", "data.type=folder", "data.path=x=y",
                      "data.tags=[\"a\", \"b\"]"});
  EXPECT_EQ(config.options<MadeUpRun>("").name, "5");
  EXPECT_EQ(config.options<MadeUpNet>("model").channels, std::vector<int64_t>({4, 5}));
  EXPECT_TRUE(config.options<MadeUpNet>("model").bias);
  EXPECT_EQ(config.options<MadeUpNet>("model").dropout, 0.5);
  EXPECT_EQ(config.options<MadeUpTraining>("training").every,
            (Length{13800, LengthUnit::kSeconds}));
  EXPECT_EQ(config.options<MadeUpData>("data").tags, std::vector<std::string>({"a", "b"}));
  EXPECT_EQ(config.options<MadeUpData>("data").path, (fs::current_path() / "x=y").string());
}

TEST_F(ConfigLayers, PathsAreRelativeToTheFileThatWroteThem) {
  folder_.write("bases/base.json",
                R"({"model": {"type": "net"}, "data": {"type": "folder", "path": "../images/"}})");
  folder_.write("own.json", R"({"extends": "bases/base.json"})");
  EXPECT_EQ(load("own.json").options<MadeUpData>("data").path, folder_.path() / "images");
  EXPECT_EQ(load("own.json", {"data.path=/abs/./x"}).options<MadeUpData>("data").path, "/abs/x");
}

TEST_F(ConfigLayers, KeysOfABasesVariantGiveWay) {
  folder_.write("base.json", R"({"model": {"type": "net", "latent_dim": 7, "bias": true}})");
  folder_.write("own.json", R"({"extends": "base.json", "model": {"type": "critic"}})");
  const Config config = load("own.json");
  EXPECT_EQ(config.section("model").type, "critic");
  EXPECT_EQ(config.options<MadeUpCritic>("model").latent_dim, 7);
}

TEST_F(ConfigLayers, KeysOfTheFilesOwnVariantDoNotGiveWay) {
  folder_.write("own.json", "{\"model\": {\"type\": \"net\", \"bias\": true}}");
  EXPECT_EQ(message("own.json", {"model.type=critic"}),
            "own.json:1:27: unknown key \"bias\" in model; it belongs to type \"net\", and the "
            "type here is \"critic\"");
}

TEST_F(ConfigLayers, TyposInABaseAreFoundEvenWhenAnotherVariantIsChosen) {
  folder_.write("base.json", "{\"model\": {\"type\": \"net\", \"baas\": true}}");
  folder_.write("own.json", R"({"extends": "base.json", "model": {"type": "critic"}})");
  EXPECT_THAT(message("own.json"), testing::StartsWith("base.json:1:27: unknown key \"baas\""));
}

TEST_F(ConfigLayers, NamesACircle) {
  folder_.write("a.json", "{\n\"extends\": \"b.json\"}");
  folder_.write("b.json", R"({"extends": "./a.json"})");
  EXPECT_EQ(message("a.json"),
            "b.json:1:13: extends: goes round in a circle (a.json extends b.json extends a.json)");
}

TEST_F(ConfigLayers, LimitsTheChain) {
  for (int i = 0; i < 20; ++i) {
    folder_.write("c" + std::to_string(i) + ".json",
                  "{\"extends\": \"c" + std::to_string(i + 1) + ".json\"}");
  }
  EXPECT_EQ(message("c0.json"), "c15.json:1:13: extends: a chain of more than 16 files");
}

TEST_F(ConfigLayers, NamesWhoAskedForAMissingBase) {
  folder_.write("own.json", R"({"extends": "bsae.json"})");
  folder_.write("base.json", "{}");
  EXPECT_EQ(message("own.json"),
            "own.json:1:13: extends: bsae.json: no such file; did you mean \"base.json\"?");
}

TEST_F(ConfigLayers, Row01MissingFolderAndNoPermission) {
  fs::create_directory(folder_.path() / "folder");
  EXPECT_EQ(message("missing.json"), "missing.json: no such file");
  EXPECT_EQ(message("folder"), "folder: is a folder, expected a file");
  if (geteuid() != 0) {
    const fs::path file = folder_.write("secret.json", "{}");
    chmod(file.c_str(), 0);
    EXPECT_EQ(message("secret.json"), "secret.json: no permission to read it");
  }
}

TEST_F(ConfigLayers, Row04And21CommentsMarksAndWindowsLinesAreAccepted) {
  folder_.write("a.json",
                "\xEF\xBB\xBF// first\r\n{ /* \"seed\": 1, */\r\n\"$schema\": \"./s.json\", "
                "\"seed\": 2, // , :\r\n\"model\": {\"type\": \"net\"}}\r\n// last");
  const Config config = load("a.json");
  EXPECT_EQ(config.options<MadeUpRun>("").seed, 2);
  EXPECT_THAT(config.place("seed"), testing::EndsWith("a.json:3:32: seed"));
}

TEST_F(ConfigLayers, Row19LargeFile) {
  folder_.write("large.json", "{" + std::string(2 << 20, ' ') + "}");
  EXPECT_EQ(message("large.json"), "large.json: larger than 1 MiB");
}

TEST_F(ConfigLayers, Row28ABaseOfANewerFormatIsRefused) {
  folder_.write("base.json", R"({"format": 9})");
  folder_.write("own.json", R"({"extends": "base.json", "format": 1})");
  EXPECT_EQ(message("own.json"),
            "base.json:1:12: format: written for a newer gantrain (got format 9, this one reads "
            "format 1). Update gantrain");
}

}  // namespace
}  // namespace gantrain
