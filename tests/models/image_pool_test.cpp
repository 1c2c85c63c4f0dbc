#include "models/image_pool.h"

#include <vector>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

constexpr ImageGeometry kPixel = {1, 1, 1};

torch::Tensor pixels(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat).view({-1, 1, 1, 1});
}

std::vector<double> exchanged(ImagePool& pool, const std::vector<double>& newcomers,
                              const std::vector<int64_t>& places,
                              const std::vector<double>& chances) {
  const torch::Tensor shown =
      pool.exchange(pixels(newcomers), torch::tensor(places), torch::tensor(chances));
  pool.settle(torch::zeros({}));
  const torch::Tensor row = shown.flatten().to(torch::kDouble);
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
}

class Copy : public StateVisitor {
 public:
  void visit(const std::string& name, torch::Tensor& value) override {
    tensors[name] = value.clone();
  }
  void visit(const std::string&, int64_t&) override {}
  void visit(const std::string&, double&) override {}
  std::map<std::string, torch::Tensor> tensors;
};

std::map<std::string, torch::Tensor> state_of(ImagePool& pool) {
  Copy copy;
  pool.visit_state(copy, "pool");
  return copy.tensors;
}

TEST(ImagePool, ShowsNewcomersWhileItFills) {
  ImagePool pool(3, kPixel);
  EXPECT_EQ(exchanged(pool, {1}, {2}, {0}), (std::vector<double>{1}));
  EXPECT_EQ(exchanged(pool, {2, 3}, {0, 0}, {0, 0}), (std::vector<double>{2, 3}));
  EXPECT_TRUE(torch::equal(state_of(pool)["pool"], pixels({1, 2, 3})));
}

TEST(ImagePool, ExchangesHalfOfTheTimeOnceItIsFull) {
  ImagePool pool(2, kPixel);
  exchanged(pool, {1, 2}, {0, 0}, {0, 0});
  EXPECT_EQ(exchanged(pool, {3}, {1}, {0.49}), (std::vector<double>{2}));
  EXPECT_EQ(exchanged(pool, {4}, {1}, {0.5}), (std::vector<double>{4}));
  EXPECT_TRUE(torch::equal(state_of(pool)["pool"], pixels({1, 3})));
}

TEST(ImagePool, GoesThroughABatchAnImageAtATime) {
  ImagePool pool(2, kPixel);
  // The second newcomer fills it, the third takes the place of the first, the fourth of the third.
  EXPECT_EQ(exchanged(pool, {1, 2, 3, 4}, {1, 1, 0, 0}, {0, 0, 0, 0}),
            (std::vector<double>{1, 2, 1, 3}));
  EXPECT_TRUE(torch::equal(state_of(pool)["pool"], pixels({4, 2})));
}

TEST(ImagePool, OfNoSizeShowsNewcomers) {
  ImagePool pool(0, kPixel);
  EXPECT_EQ(exchanged(pool, {1, 2}, {0, 0}, {0, 0}), (std::vector<double>{1, 2}));
}

TEST(ImagePool, TakesBackWhatASkippedUpdateExchanged) {
  ImagePool pool(2, kPixel);
  exchanged(pool, {1}, {0}, {0});
  const auto before = state_of(pool);
  pool.exchange(pixels({2, 3, 4}), torch::tensor({0, 1, 1}), torch::zeros({3}));
  pool.settle(torch::ones({}));
  const auto after = state_of(pool);
  EXPECT_TRUE(torch::equal(after.at("pool"), before.at("pool")));
  EXPECT_TRUE(torch::equal(after.at("pool_filled"), before.at("pool_filled")));
  EXPECT_EQ(exchanged(pool, {5}, {0}, {0}), (std::vector<double>{5}));
  EXPECT_TRUE(torch::equal(state_of(pool)["pool"], pixels({1, 5})));
}

}  // namespace
}  // namespace gantrain
