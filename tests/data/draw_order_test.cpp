#include <set>

#include <gtest/gtest.h>

#include "gantrain/data/loader.h"

#include "data/gathered.h"
#include "data/synthetic_dataset.h"

namespace gantrain {
namespace {

DatasetInfo plain(int64_t count) {
  DatasetInfo info;
  info.count = count;
  return info;
}

TEST(DrawOrder, TakesTheImagesOfTheShuffleAndTheSameInputs) {
  DrawOrder order(plain(10), 3);
  EndlessShuffle shuffle(10, 3);
  std::set<uint64_t> keys;
  for (int64_t i = 0; i < 40; ++i) {
    const Draw draw = order.at(i);
    EXPECT_EQ(draw.image, shuffle.at(i));
    EXPECT_EQ(draw.input, draw.image);
    keys.insert(draw.key);
  }
  EXPECT_EQ(keys.size(), 40U);  // each draw of an image has chances of its own
}

TEST(DrawOrder, IsAFunctionOfSeedAndPosition) {
  DrawOrder forward(plain(10), 3);
  std::vector<uint64_t> keys;
  for (int64_t i = 0; i < 30; ++i) {
    keys.push_back(forward.at(i).key);
  }
  DrawOrder jumping(plain(10), 3);
  DrawOrder other(plain(10), 4);
  for (const int64_t i : {29, 3, 17}) {
    EXPECT_EQ(jumping.at(i).key, keys[static_cast<size_t>(i)]);
    EXPECT_NE(other.at(i).key, keys[static_cast<size_t>(i)]);
  }
}

TEST(DrawOrder, UnpairedSidesHaveOrdersAndEpochsOfTheirOwn) {
  DatasetInfo info = plain(6);
  info.unpaired_images = 4;
  info.unpaired_inputs = 6;
  DrawOrder order(info, 1);
  std::set<int64_t> images;
  std::set<int64_t> inputs;
  std::set<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < 12; ++i) {
    const Draw draw = order.at(i);
    images.insert(draw.image);
    inputs.insert(draw.input);
    pairs.emplace(draw.image, draw.input);
    EXPECT_EQ(images.size(), std::min<size_t>(4, static_cast<size_t>(i) + 1));
    EXPECT_EQ(inputs.size(), std::min<size_t>(6, static_cast<size_t>(i) + 1));
  }
  EXPECT_GT(pairs.size(), 6U);
}

TEST(SomeOf, GivesDifferentImagesOfTheSet) {
  const auto dataset = open_synthetic_dataset({20, 4, 1}, {3, 8, 8});
  const HostBatch some = some_of(*dataset, 20, 9);
  std::set<int64_t> found;
  for (int64_t i = 0; i < 20; ++i) {
    for (int64_t j = 0; j < 20; ++j) {
      if (some.images[i].equal(gathered(*dataset, {j})[0])) {
        found.insert(j);
      }
    }
  }
  EXPECT_EQ(found.size(), 20U);
}

TEST(ToUnitRange, UsesTheWholeRangeOfBothDepths) {
  torch::Tensor out = torch::empty({3});
  to_unit_range(torch::tensor({0, 51, 255}, torch::kByte), out);
  EXPECT_TRUE(torch::allclose(out, torch::tensor({-1.0F, -0.6F, 1.0F}), 0, 1e-6));
  to_unit_range(torch::tensor({0, 13107, 65535}, torch::kInt).to(torch::kUInt16), out);
  EXPECT_TRUE(torch::allclose(out, torch::tensor({-1.0F, -0.6F, 1.0F}), 0, 1e-6));
}

}  // namespace
}  // namespace gantrain
