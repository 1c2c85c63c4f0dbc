#include "data/decode_pass.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "gantrain/core/log.h"
#include "gantrain/core/sha256.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr int64_t kProgressEvery = 500;
constexpr size_t kHashDigits = 15;  // fit into a std::string without memory of its own

// What a worker finds out about one record.
struct Found {
  std::string content;  // of the files, kHashDigits; "" = lost
  std::string pixels;
};

int64_t count_duplicates(const std::vector<Found>& found) {
  std::vector<std::string_view> hashes;
  for (const Found& each : found) {
    if (!each.content.empty()) {
      hashes.push_back(each.content);
    }
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes.end() - std::unique(hashes.begin(), hashes.end());
}

bool all_alike(const std::vector<Found>& found) {
  const Found* first = nullptr;
  int64_t count = 0;
  for (const Found& each : found) {
    if (each.content.empty()) {
      continue;
    }
    first = first == nullptr ? &each : first;
    ++count;
    if (each.pixels != first->pixels) {
      return false;
    }
  }
  return count > 1;
}

}  // namespace

DecodeFindings decode_all(const RecordMaker& maker, const PictureSource& source,
                          const std::vector<uint64_t>& offsets, const std::vector<int64_t>& skip,
                          PixelStore* store, WorkerPool& pool, const StopCheck& stopped) {
  const int64_t count = maker.count();
  struct Worker {
    RecordMaker::Scratch scratch;
    std::vector<uint8_t> record;
  };
  std::vector<Worker> workers;
  for (int64_t i = 0; i < pool.workers(); ++i) {
    workers.push_back({maker.make_scratch(), {}});
  }
  std::vector<Found> found(static_cast<size_t>(count));
  std::vector<std::pair<int64_t, BadPicture>> bad;
  std::atomic<int64_t> done = 0;
  std::atomic<int64_t> warnings = 0;
  std::mutex mutex;
  pool.run(count, [&](int64_t record, int64_t worker) {
    throw_if_stopped(stopped);
    if (++done % kProgressEvery == 0) {
      show_progress("reading images: " + format_count(done) + " of " + format_count(count));
    }
    if (std::binary_search(skip.begin(), skip.end(), record)) {
      return;
    }
    const auto index = static_cast<size_t>(record);
    Worker& own = workers[static_cast<size_t>(worker)];
    own.record.resize(offsets[index + 1] - offsets[index]);
    BadPicture problem = try_picture(source, maker.item(record).image, [&] {
      const auto made = maker.make(record, /*hash=*/true, own.scratch, own.record.data());
      warnings += made.warnings > 0 ? 1 : 0;
      found[index].content = sha256(made.content).substr(0, kHashDigits);
    });
    if (!problem.kind.empty()) {
      const std::lock_guard lock(mutex);
      bad.emplace_back(record, std::move(problem));
      return;
    }
    found[index].pixels =
        sha256({reinterpret_cast<const char*>(own.record.data()), own.record.size()})
            .substr(0, kHashDigits);
    if (store != nullptr) {
      store->write(record, own.record.data());
    }
  });
  clear_progress();
  std::sort(bad.begin(), bad.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  DecodeFindings findings;
  for (auto& [record, problem] : bad) {
    findings.lost.push_back(record);
    if (problem.kind == "unreadable") {
      problem.kind = "gone";  // its header could still be read
      ++findings.gone;
    }
    findings.bad.push_back(std::move(problem));
  }
  findings.warnings = warnings;
  findings.duplicates = count_duplicates(found);
  findings.all_alike = all_alike(found);
  Sha256 hash;
  for (const Found& each : found) {
    hash.update(each.content.empty() ? "-" : each.content);
  }
  findings.content = hash.finish();
  return findings;
}

}  // namespace gantrain
