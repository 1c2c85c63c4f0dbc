#include "gantrain/data/registry.h"

#include <set>

#include <gtest/gtest.h>

#include "data/synthetic_dataset.h"

namespace gantrain {
namespace {

TEST(DatasetRegistry, EveryVariantHasANameAndATableThatGoesRound) {
  std::set<std::string> names;
  for (const SectionVariant& variant : dataset_variants()) {
    EXPECT_TRUE(names.insert(variant.name).second) << variant.name;
    ASSERT_NE(variant.table, nullptr);
    std::any options = variant.table->make_default();
    for (const Option& option : variant.table->options()) {
      EXPECT_FALSE(option.help.empty()) << variant.name << "." << option.name;
      const OptionValue value = option.get(options);
      option.set(options, value);
      EXPECT_EQ(option.get(options), value) << variant.name << "." << option.name;
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"cifar", "idx", "synthetic"}));
}

TEST(DatasetRegistry, OpensByName) {
  SyntheticOptions options;
  options.count = 3;
  const auto dataset = open_dataset("synthetic", options, {1, 8, 8}, "c.json");
  EXPECT_EQ(dataset->info().count, 3);
  EXPECT_ANY_THROW(open_dataset("imagenet", options, {1, 8, 8}, "c.json"));
}

}  // namespace
}  // namespace gantrain
