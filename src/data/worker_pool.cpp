#include "data/worker_pool.h"

#include <utility>

namespace gantrain {

WorkerPool::WorkerPool(int64_t threads) {
  for (int64_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i] { live(i); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void WorkerPool::live(int64_t worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return end_ || next_ < pieces_; });
    if (end_) {
      return;
    }
    take_pieces(worker, lock);
  }
}

void WorkerPool::take_pieces(int64_t worker, std::unique_lock<std::mutex>& lock) {
  ++busy_;
  while (next_ < pieces_) {
    const int64_t piece = next_++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      (*work_)(piece, worker);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) {
      failure_ = failure_ ? failure_ : failure;
      next_ = pieces_;
    }
  }
  --busy_;
  changed_.notify_all();
}

void WorkerPool::run(int64_t pieces, const std::function<void(int64_t, int64_t)>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  pieces_ = pieces;
  failure_ = nullptr;
  changed_.notify_all();
  if (threads_.empty()) {
    take_pieces(0, lock);
  }
  changed_.wait(lock, [this] { return next_ >= pieces_ && busy_ == 0; });
  next_ = pieces_ = 0;
  if (failure_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

int64_t worker_count(int64_t option) {
  return option >= 0 ? option : std::max<int64_t>(1, std::thread::hardware_concurrency());
}

}  // namespace gantrain
