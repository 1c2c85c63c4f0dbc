#include "data/worker_pool.h"

#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

namespace gantrain {
namespace {

TEST(WorkerPool, DoesEveryPieceOnceWithAnyNumberOfThreads) {
  for (const int64_t threads : {0, 1, 4}) {
    WorkerPool pool(threads);
    for (const int64_t pieces : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<size_t>(pieces));
      std::atomic<bool> outside = false;
      pool.run(pieces, [&](int64_t piece, int64_t worker) {
        ++done[static_cast<size_t>(piece)];
        outside = outside || worker < 0 || worker >= pool.workers();
      });
      for (const auto& each : done) {
        ASSERT_EQ(each, 1) << threads << " threads, " << pieces << " pieces";
      }
      EXPECT_FALSE(outside);
    }
  }
}

TEST(WorkerPool, ThrowsWhatAPieceThrewAndGoesOn) {
  for (const int64_t threads : {0, 1, 4}) {
    WorkerPool pool(threads);
    std::atomic<int64_t> started = 0;
    EXPECT_THROW(pool.run(100'000,
                          [&](int64_t piece, int64_t) {
                            ++started;
                            if (piece == 7) {
                              throw std::runtime_error("bad piece");
                            }
                          }),
                 std::runtime_error);
    EXPECT_GE(started, 8);
    EXPECT_LT(started, 100'000);
    std::atomic<int64_t> sum = 0;
    pool.run(10, [&](int64_t piece, int64_t) { sum += piece; });
    EXPECT_EQ(sum, 45);
  }
}

TEST(WorkerPool, CountsWorkers) {
  EXPECT_EQ(worker_count(0), 0);
  EXPECT_EQ(worker_count(3), 3);
  EXPECT_GE(worker_count(-1), 1);
  EXPECT_EQ(WorkerPool(0).workers(), 1);
  EXPECT_EQ(WorkerPool(3).workers(), 3);
}

}  // namespace
}  // namespace gantrain
