#include "gantrain/data/registry.h"

#include <set>

#include <gtest/gtest.h>

#include "data/synthetic_dataset.h"
#include "support/error_of.h"

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
  EXPECT_EQ(names, (std::set<std::string>{"cifar", "classes", "derived", "folder", "idx", "paired",
                                          "paired_folders", "points", "stacked_mnist", "synthetic",
                                          "unpaired", "zip"}));
}

TEST(DatasetRegistry, OpensByName) {
  SyntheticOptions options;
  options.count = 3;
  const auto dataset = open_dataset("synthetic", options, {{1, 8, 8}}, "c.json");
  EXPECT_EQ(dataset->info().count, 3);
  EXPECT_ANY_THROW(open_dataset("imagenet", options, {{1, 8, 8}}, "c.json"));
}

TEST(DatasetRegistry, SaysThatASetWithoutInputsHasNone) {
  const std::string message = error_of(ErrorKind::kConfig, [] {
    open_dataset("idx", dataset_table("idx")->make_default(), {{3, 8, 8}, {3, 8, 8}}, "c.json");
  });
  EXPECT_NE(message.find("c.json: the model is given inputs"), std::string::npos) << message;
}

TEST(DatasetRegistry, KnowsTheDepthOfASetsImages) {
  std::any options = dataset_table("folder")->make_default();
  EXPECT_EQ(dataset_bits("folder", options), 8);
  set_dataset_option("folder", "bit_depth", int64_t{16}, options);
  EXPECT_EQ(dataset_bits("folder", options), 16);
  std::any shapes = SyntheticOptions();
  set_dataset_option("synthetic", "bit_depth", int64_t{16}, shapes);
  EXPECT_EQ(dataset_bits("synthetic", shapes), 8);
  EXPECT_EQ(dataset_table("imagenet"), nullptr);
}

}  // namespace
}  // namespace gantrain
