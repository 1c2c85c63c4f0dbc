#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gantrain {

// Threads that do many independent pieces of work, each holding one piece at a time. Which thread
// does which piece is left open, so a piece writes only to places of its own.
class WorkerPool {
 public:
  explicit WorkerPool(int64_t threads);  // 0: the caller does the work
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls work(piece, worker) for every piece in [0, pieces), in ascending order of their starts;
  // worker is in [0, workers()). Returns when all are done. The first exception is thrown again
  // here, and no further piece starts. One call at a time.
  void run(int64_t pieces, const std::function<void(int64_t piece, int64_t worker)>& work);
  int64_t workers() const { return std::max<int64_t>(1, static_cast<int64_t>(threads_.size())); }

 private:
  void live(int64_t worker);
  void take_pieces(int64_t worker, std::unique_lock<std::mutex>& lock);

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(int64_t, int64_t)>* work_ = nullptr;
  int64_t next_ = 0;
  int64_t pieces_ = 0;
  int64_t busy_ = 0;
  std::exception_ptr failure_;
  bool end_ = false;
};

// How many threads an option "workers" means: -1 = one for each processor.
int64_t worker_count(int64_t option);

}  // namespace gantrain
