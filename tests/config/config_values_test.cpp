#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"

#include "config/made_up_schema.h"

namespace gantrain {
namespace {

using Random = std::mt19937_64;

int64_t integer_between(Random& random, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}

std::string random_text(Random& random) {
  static const std::vector<std::string> pieces = {
      "a", "\"", "\\", "\n", "\xC3\xA4", "/", " ", "\xF0\x9F\x98\x80", "\x7F", "=", "//"};
  std::string text;
  for (int64_t i = integer_between(random, 0, 8); i > 0; --i) {
    text += pieces[static_cast<size_t>(integer_between(random, 0, pieces.size() - 1))];
  }
  return text;
}

// A double with random bits in [low, high).
double random_number(Random& random, double low, double high) {
  for (;;) {
    const double value = std::bit_cast<double>(random());
    if (std::isnormal(value) && value > low && value < high) {
      return value;
    }
  }
}

OptionValue random_value(const Option& option, Random& random) {
  const auto integer = [&] {
    return integer_between(random, option.minimum_integer, option.maximum_integer);
  };
  const auto number = [&] {
    return random_number(random, option.minimum_number, option.maximum_number);
  };
  const auto count =
      static_cast<size_t>(integer_between(random, static_cast<int64_t>(option.minimum_items),
                                          static_cast<int64_t>(option.maximum_items)));
  switch (option.type) {
    case OptionType::kBoolean:
      return integer_between(random, 0, 1) == 1;
    case OptionType::kInteger:
      return integer();
    case OptionType::kNumber:
      return number();
    case OptionType::kText:
      return random_text(random);
    case OptionType::kPath:
      return "/images/" + std::to_string(random());
    case OptionType::kChoice:
      return option.choices[static_cast<size_t>(
          integer_between(random, 0, static_cast<int64_t>(option.choices.size()) - 1))];
    case OptionType::kIntegers: {
      std::vector<int64_t> values(count);
      std::generate(values.begin(), values.end(), integer);
      return values;
    }
    case OptionType::kNumbers: {
      std::vector<double> values(count);
      std::generate(values.begin(), values.end(), number);
      return values;
    }
    case OptionType::kTexts: {
      std::vector<std::string> values(count);
      std::generate(values.begin(), values.end(), [&] { return random_text(random); });
      return values;
    }
    case OptionType::kLength:
      return Length{static_cast<double>(integer_between(random, 1, 1'000'000'000)),
                    static_cast<LengthUnit>(integer_between(random, 0, 3))};
  }
  return false;
}

Config plain_config() {
  return parse_config(R"({"model": {"type": "net"}})", "plain", made_up_schema());
}

// All but the batch sizes, which a check ties together.
void randomize(Config& config, Random& random) {
  for (const ConfigSection& section : made_up_schema().sections) {
    SectionValues& values = config.sections_[section.path];
    const auto set_all = [&](const OptionTable& table, std::any& options) {
      for (const Option& option : table.options()) {
        if (!option.name.ends_with("batch_size")) {
          option.set(options, random_value(option, random));
        }
      }
    };
    if (section.table != nullptr) {
      set_all(*section.table, values.common);
    }
    for (const SectionVariant& variant : section.variants) {
      if (variant.name == values.type) {
        set_all(*variant.table, values.options);
      }
    }
  }
}

Config random_values(Random& random) {
  Config config = plain_config();
  const bool folder = integer_between(random, 0, 1) == 1;
  if (folder) {
    override_config(config, {"data.type=folder", "data.path=x"});
  }
  if (integer_between(random, 0, 1) == 1) {
    override_config(config, {"model.type=critic", "optimizer.generator.type=sgd"});
  }
  randomize(config, random);
  return config;
}

TEST(ConfigValues, JsonOfAnyValuesReadsBackEqual) {
  Random random(7);
  for (int trial = 0; trial < 300; ++trial) {
    const Config config = random_values(random);
    const std::string text = config.to_json();
    const Config again = parse_config(text, "again", made_up_schema());
    EXPECT_EQ(again.to_json(), text);
    EXPECT_THAT(compare_configs(config, again), testing::IsEmpty());
    if (config.section("model").type == "net") {
      // Bitwise, not only as text.
      EXPECT_EQ(config.options<MadeUpNet>("model").dropout,
                again.options<MadeUpNet>("model").dropout);
    }
  }
}

TEST(ConfigValues, ComparisonIsSymmetric) {
  Random random(8);
  for (int trial = 0; trial < 100; ++trial) {
    const Config a = random_values(random);
    const Config b = random_values(random);
    std::vector<ConfigDifference> forth = compare_configs(a, b);
    const std::vector<ConfigDifference> back = compare_configs(b, a);
    EXPECT_FALSE(forth.empty());
    ASSERT_EQ(forth.size(), back.size());
    for (const ConfigDifference& difference : back) {
      EXPECT_TRUE(std::any_of(forth.begin(), forth.end(), [&](const ConfigDifference& other) {
        return other.key == difference.key && other.before == difference.after &&
               other.after == difference.before;
      })) << difference.key;
    }
  }
}

TEST(ConfigValues, ComparisonSaysWhatAChangeMeansOnResume) {
  const Config before = plain_config();
  Config after = plain_config();
  override_config(after, {"training.length=2 epochs", "optimizer.generator.learning_rate=0.1",
                          "model.type=critic", "data.type=folder", "data.path=/x"});
  const std::vector<ConfigDifference> found = compare_configs(before, after);
  std::vector<std::string> lines;
  for (const ConfigDifference& difference : found) {
    lines.push_back(difference.key + " " + difference.before + " " + difference.after + " " +
                    std::to_string(static_cast<int>(difference.resume)));
  }
  const std::string refuse = std::to_string(static_cast<int>(OnResume::kRefuse));
  const std::string free = std::to_string(static_cast<int>(OnResume::kFree));
  const std::string extend = std::to_string(static_cast<int>(OnResume::kExtend));
  EXPECT_THAT(lines, testing::ElementsAre("model.type \"net\" \"critic\" " + refuse,
                                          "model.latent_dim 100 8 " + refuse,
                                          "data.type \"synthetic\" \"folder\" " + free,
                                          "optimizer.generator.learning_rate 0.0002 0.1 " + free,
                                          "training.length \"1000 steps\" \"2 epochs\" " + extend));
}

TEST(ConfigValues, JsonIsCompleteAndStable) {
  EXPECT_EQ(plain_config().to_json(), R"({
  "format": 1,
  "seed": 0,
  "name": "",
  "model": {
    "type": "net",
    "latent_dim": 100,
    "channels": [64, 32],
    "bias": false,
    "dropout": 0
  },
  "data": {
    "type": "synthetic",
    "workers": 2,
    "images": 1000
  },
  "optimizer": {
    "generator": {
      "type": "adam",
      "learning_rate": 0.0002,
      "betas": [0.5, 0.999]
    },
    "discriminator": {
      "type": "adam",
      "learning_rate": 0.0002,
      "betas": [0.5, 0.999]
    }
  },
  "training": {
    "length": "1000 steps",
    "every": "never",
    "batch_size": 64,
    "micro_batch_size": 0
  }
}
)");
}

TEST(ConfigValues, WholeNumbersAreNumbersToo) {
  const Config config = parse_config(
      R"({"model": {"type": "net", "dropout": 0}, "optimizer": {"generator": {"learning_rate": 1}}})",
      "x", made_up_schema());
  EXPECT_EQ(config.options<MadeUpAdam>("optimizer.generator").learning_rate, 1.0);
}

TEST(ConfigValues, LargestSeedIsExact) {
  const Config config = parse_config(R"({"seed": 9223372036854775807, "model": {"type": "net"}})",
                                     "x", made_up_schema());
  EXPECT_EQ(config.options<MadeUpRun>("").seed, std::numeric_limits<int64_t>::max());
}

TEST(ConfigValues, OverridingAFinishedConfigKeepsTheOtherPlaces) {
  Config config = parse_config("{\"seed\": 5, \"model\": {\"type\": \"net\", \"bias\": true}}",
                               "c.json", made_up_schema());
  override_config(config, {"model.latent_dim=64"});
  EXPECT_EQ(config.options<MadeUpNet>("model").latent_dim, 64);
  EXPECT_EQ(config.place("model.latent_dim"), "--set: model.latent_dim");
  EXPECT_EQ(config.place("seed"), "c.json:1:10: seed");
  EXPECT_EQ(config.place("name"), "name");
}

TEST(ConfigValues, AFailedOverrideChangesNothing) {
  Config config = plain_config();
  const std::string before = config.to_json();
  EXPECT_THROW(override_config(config, {"seed=1", "seed=-1"}), Error);
  EXPECT_EQ(config.to_json(), before);
}

}  // namespace
}  // namespace gantrain
