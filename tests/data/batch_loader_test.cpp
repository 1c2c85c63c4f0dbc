#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "gantrain/data/loader.h"

#include "data/gathered.h"
#include "data/synthetic_dataset.h"

namespace gantrain {
namespace {

std::shared_ptr<const Dataset> shapes(int64_t count = 50) {
  return open_synthetic_dataset({count, 4, 1}, {3, 8, 8});
}

BatchLoader loader_of(std::shared_ptr<const Dataset> dataset, int64_t batch_size, uint64_t seed = 5,
                      torch::ScalarType type = torch::kFloat) {
  return BatchLoader(std::move(dataset), batch_size, seed, torch::kCPU, type);
}

TEST(BatchLoader, GivesBatchesInTheOrderThatIsAskedFor) {
  auto dataset = shapes();
  BatchLoader last = loader_of(dataset, 4);
  BatchLoader contiguous(dataset, 4, /*seed=*/5, torch::kCPU, torch::kFloat,
                         torch::MemoryFormat::Contiguous);
  const torch::Tensor images = contiguous.next().images;
  EXPECT_TRUE(images.is_contiguous());
  EXPECT_TRUE(images.equal(last.next().images));
}

// The next `batches` batches one after the other: [batches * N, C, H, W].
torch::Tensor next_images(BatchLoader& loader, int64_t batches) {
  std::vector<torch::Tensor> images;
  for (int64_t i = 0; i < batches; ++i) {
    images.push_back(loader.next().images.clone());
  }
  return torch::cat(images);
}

// Fails when image `bad` is asked for; counts the calls.
class FragileDataset : public Dataset {
 public:
  FragileDataset(std::shared_ptr<const Dataset> sound, int64_t bad)
      : sound_(std::move(sound)), bad_(bad) {}
  const DatasetInfo& info() const override { return sound_->info(); }
  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    ++calls;
    for (const Draw& draw : draws) {
      if (draw.image == bad_) {
        throw std::runtime_error("image is bad");
      }
    }
    sound_->gather(draws, out);
  }
  mutable std::atomic<int> calls = 0;

 private:
  std::shared_ptr<const Dataset> sound_;
  int64_t bad_;
};

TEST(BatchLoader, HandsOutTheDataSetsPixelsBetweenMinusOneAndOne) {
  const auto dataset = shapes();
  BatchLoader loader = loader_of(dataset, 6);
  EndlessShuffle shuffle(50, 5);
  for (int64_t step = 0; step < 20; ++step) {
    const Batch& batch = loader.next();
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < 6; ++i) {
      indices.push_back(shuffle.at(step * 6 + i));
    }
    const torch::Tensor expected = gathered(*dataset, indices).to(torch::kFloat).div(127.5).sub(1);
    ASSERT_TRUE(batch.images.equal(expected)) << "step " << step;
    ASSERT_TRUE(batch.labels.equal(torch::tensor(gathered_labels(*dataset, indices))));
    EXPECT_TRUE(batch.images.is_contiguous(torch::MemoryFormat::ChannelsLast));
    EXPECT_EQ(batch.size(), 6);
    EXPECT_FALSE(batch.inputs.defined());
  }
  EXPECT_EQ(loader.position(), 120);
}

TEST(BatchLoader, MapsBlackToMinusOneAndWhiteToOne) {
  class Extremes : public Dataset {
   public:
    Extremes() {
      info_.count = 2;
      info_.geometry = {1, 2, 2};
    }
    const DatasetInfo& info() const override { return info_; }
    void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
      for (size_t i = 0; i < draws.size(); ++i) {
        out.images[static_cast<int64_t>(i)].fill_(draws[i].image * 255);
      }
    }

   private:
    DatasetInfo info_;
  };
  BatchLoader loader = loader_of(std::make_shared<Extremes>(), 2);
  const Batch& batch = loader.next();
  EXPECT_EQ(batch.images.min().item<float>(), -1.0F);
  EXPECT_EQ(batch.images.max().item<float>(), 1.0F);
  EXPECT_FALSE(batch.labels.defined());
}

TEST(BatchLoader, HandsOutTheSameImagesWhateverTheBatchSize) {
  BatchLoader by_four = loader_of(shapes(), 4);
  BatchLoader by_thirty = loader_of(shapes(), 30);
  EXPECT_TRUE(next_images(by_four, 30).equal(next_images(by_thirty, 4)));
}

TEST(BatchLoader, TakesBatchesLargerThanTheDataSet) {
  BatchLoader large = loader_of(shapes(5), 12);
  BatchLoader small = loader_of(shapes(5), 3);
  EXPECT_TRUE(next_images(large, 2).equal(next_images(small, 8)));
}

TEST(BatchLoader, SeekEqualsContinuing) {
  BatchLoader through = loader_of(shapes(), 8);
  next_images(through, 13);
  const torch::Tensor rest = next_images(through, 5);
  BatchLoader resumed = loader_of(shapes(), 8);
  resumed.seek(13 * 8);
  EXPECT_EQ(resumed.position(), 13 * 8);
  EXPECT_TRUE(next_images(resumed, 5).equal(rest));
  resumed.seek(13 * 8);  // backwards, with batches gathered ahead
  EXPECT_TRUE(next_images(resumed, 5).equal(rest));
}

TEST(BatchLoader, RepeatsTheFirstBatchOfTheRunAndGoesOnAfterwards) {
  BatchLoader plain = loader_of(shapes(), 4);
  const torch::Tensor all = next_images(plain, 6);
  const auto batch = [&](int64_t i) { return all.slice(0, 4 * i, 4 * i + 4); };
  BatchLoader loader = loader_of(shapes(), 4);
  next_images(loader, 2);
  loader.repeat_first(true);
  EXPECT_TRUE(next_images(loader, 3).equal(torch::cat({batch(0), batch(0), batch(0)})));
  EXPECT_EQ(loader.position(), 20);
  loader.repeat_first(false);
  EXPECT_TRUE(next_images(loader, 1).equal(batch(5)));
}

TEST(BatchLoader, ReusesItsTensors) {
  BatchLoader loader = loader_of(shapes(), 4);
  const void* images = loader.next().images.data_ptr();
  const void* labels = loader.next().labels.data_ptr();
  for (int i = 0; i < 5; ++i) {
    const Batch& batch = loader.next();
    EXPECT_EQ(batch.images.data_ptr(), images);
    EXPECT_EQ(batch.labels.data_ptr(), labels);
  }
}

TEST(BatchLoader, ConvertsInDoublePrecisionToo) {
  BatchLoader single = loader_of(shapes(), 4);
  BatchLoader exact = loader_of(shapes(), 4, 5, torch::kDouble);
  const torch::Tensor images = exact.next().images;
  EXPECT_EQ(images.scalar_type(), torch::kDouble);
  EXPECT_TRUE(torch::allclose(images, single.next().images.to(torch::kDouble), 0, 1e-6));
}

TEST(BatchLoader, GathersAheadButNotWithoutEnd) {
  const auto dataset = std::make_shared<FragileDataset>(shapes(), -1);
  BatchLoader loader = loader_of(dataset, 4);
  EXPECT_EQ(dataset->calls, 0);  // nothing before the first batch is asked for
  loader.next();
  for (int i = 0; i < 1000 && dataset->calls < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(dataset->calls, 3);
}

TEST(BatchLoader, CarriesWhatItsThreadThrowsToNext) {
  EndlessShuffle shuffle(50, 5);
  const auto dataset = std::make_shared<FragileDataset>(shapes(), shuffle.at(9));
  BatchLoader loader = loader_of(dataset, 4);
  loader.next();
  loader.next();
  EXPECT_THROW(loader.next(), std::runtime_error);
  EXPECT_EQ(loader.position(), 8);
  EXPECT_THROW(loader.next(), std::runtime_error);  // tried again, the same
  loader.seek(12);
  EXPECT_NO_THROW(loader.next());
}

TEST(BatchLoader, GoesAwayAtAnyMoment) {
  for (int i = 0; i < 50; ++i) {
    BatchLoader loader = loader_of(shapes(), 4);
    if (i % 3 > 0) {
      loader.next();
    }
    if (i % 3 > 1) {
      loader.seek(40);
    }
  }
}

TEST(Batch, SlicesWhatThereIs) {
  const Batch batch{torch::arange(8).view({4, 2, 1, 1}), {}, torch::arange(4)};
  const Batch part = batch.slice(1, 3);
  EXPECT_EQ(part.size(), 2);
  EXPECT_TRUE(part.labels.equal(torch::tensor({1, 2})));
  EXPECT_TRUE(part.images.equal(batch.images.slice(0, 1, 3)));
  EXPECT_FALSE(part.inputs.defined());
}

}  // namespace
}  // namespace gantrain
