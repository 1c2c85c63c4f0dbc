#include "data/picture_records.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/sha256.h"
#include "gantrain/core/text.h"
#include "gantrain/runtime/memory.h"

#include "data/picture_policy.h"

namespace gantrain {
namespace {

constexpr uint64_t kMegabyte = 1'000'000;

bool contains(const std::vector<int64_t>& sorted, int64_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

}  // namespace

PictureRecords::PictureRecords(PicturePlan plan, PictureOptions options,
                               const BatchGeometry& geometry, const DataContext& context)
    : plan_(std::move(plan)),
      options_(std::move(options)),
      pool_(worker_count(options_.workers)),
      headers_(scan_headers(plan_, {options_.max_image_pixels}, pool_, context.stopped)),
      maker_(plan_, options_, geometry, headers_.facts),
      layout_(lay_out(plan_, maker_, headers_)),
      bad_(headers_.bad) {
  bad_.insert(bad_.end(), layout_.bad.begin(), layout_.bad.end());
  decode(context);
  bad_.insert(bad_.end(), findings_.bad.begin(), findings_.bad.end());
  const auto files = static_cast<int64_t>(files_of(plan_).size() + plan_.problems.size() +
                                          plan_.source->tree().refused.size());
  if (!context.quiet) {
    apply_policy(printable(plan_.source->path().string()), bad_, plan_.problems, files, options_);
  }
  const auto items = static_cast<int64_t>(plan_.items.size());
  for (int64_t record = 0; record < maker_.count(); ++record) {
    if (!contains(layout_.skip, record) && !contains(findings_.lost, record)) {
      (record < items ? items_ : inputs_).push_back(record);
    }
  }
  if (items_.empty() || (maker_.count() > items && inputs_.empty())) {
    throw Error(ErrorKind::kData, printable(plan_.source->path().string()) +
                                      ": no image can be used:" + listed(bad_, plan_.problems));
  }
}

uint64_t PictureRecords::memory_limit() const {
  return options_.memory_mb > 0 ? static_cast<uint64_t>(options_.memory_mb) * kMegabyte
                                : available_host_bytes() / 2;
}

// Names, sizes and times of the files, and what is made of them.
std::string PictureRecords::cache_key() const {
  Sha256 hash;
  hash.update(maker_.recipe());
  for (const int64_t file : files_of(plan_)) {
    const FileStamp& stamp = headers_.facts[static_cast<size_t>(file)].stamp;
    hash.update(std::string(plan_.source->name(file)) + "\n" + std::to_string(stamp.size) + " " +
                std::to_string(stamp.changed) + "\n");
  }
  for (const uint64_t offset : *layout_.offsets) {
    hash.update({reinterpret_cast<const char*>(&offset), sizeof offset});
  }
  return hash.finish();
}

void PictureRecords::decode(const DataContext& context) {
  const bool keep = options_.cache == Caching::kAuto;
  if (keep && layout_.bytes() <= memory_limit()) {
    store_ = make_memory_store(layout_.offsets);
    kept_in_ = "in memory";
  } else if (keep && !context.cache_file.empty() && decode_into_cache(context)) {
    return;
  } else {
    kept_in_ = "decoded each time";
  }
  findings_ = decode_all(maker_, *plan_.source, *layout_.offsets, layout_.skip, store_.get(), pool_,
                         context.stopped);
}

bool PictureRecords::decode_into_cache(const DataContext& context) {
  const std::string shown = printable(context.cache_file.string());
  const std::string key = cache_key();
  cached_ = true;
  kept_in_ = "in " + shown;
  if (auto cache = CacheFile::open(context.cache_file, key, layout_.offsets, findings_)) {
    store_ = std::move(cache);
    log_info("data: decoded images are there already, in " + shown);
    return true;
  }
  try {
    auto cache = CacheFile::create(context.cache_file, layout_.offsets);
    findings_ = decode_all(maker_, *plan_.source, *layout_.offsets, layout_.skip, cache.get(),
                           pool_, context.stopped);
    cache->finish(key, findings_);
    store_ = std::move(cache);
    return true;
  } catch (const Error& problem) {
    if (problem.kind() != ErrorKind::kOutput) {
      throw;
    }
    log_warning(std::string(problem.what()) + "; images are decoded each time");
    cached_ = false;
    return false;
  }
}

uint64_t PictureRecords::memory_bytes() const {
  return store_ == nullptr ? 0 : store_->memory_bytes();
}

void PictureRecords::note_lost(int64_t record, const BadPicture& problem) const {
  const std::lock_guard lock(mutex_);
  lost_later_.insert(record);
  const auto lost = static_cast<int64_t>(lost_later_.size());
  const std::string text = problem.name + ": " + problem.reason;
  const auto most = kMostGone * static_cast<double>(maker_.count());
  if (static_cast<double>(lost) > most) {
    throw Error(ErrorKind::kData, text + "; " + format_count(lost) + " of " +
                                      format_count(maker_.count()) +
                                      " images vanished or changed during training (at most 1 % "
                                      "may). Leave the files alone while a run uses them, or set "
                                      "data.cache to auto.");
  }
  log_warning("data: " + text + "; another image takes its place (" + format_count(lost) +
              " so far)");
}

int64_t PictureRecords::next_good(int64_t record) const {
  const auto& list = record < static_cast<int64_t>(plan_.items.size()) ? items_ : inputs_;
  const std::lock_guard lock(mutex_);
  auto at = std::lower_bound(list.begin(), list.end(), record);
  for (size_t tried = 0; tried < list.size(); ++tried, ++at) {
    at = at == list.end() ? list.begin() : at;
    if (lost_later_.count(*at) == 0) {
      return *at;
    }
  }
  throw Error(ErrorKind::kData, "all images vanished during training.");
}

const uint8_t* PictureRecords::read(int64_t record, Scratch& scratch, int64_t& used) const {
  if (store_ != nullptr) {
    used = record;
    if (const uint8_t* bytes = store_->read(record, scratch.bytes)) {
      return bytes;
    }
  }
  while (true) {
    used = next_good(record);
    const auto index = static_cast<size_t>(used);
    const uint64_t bytes = (*layout_.offsets)[index + 1] - (*layout_.offsets)[index];
    if (scratch.bytes.size() < bytes) {
      scratch.bytes.resize(bytes);
    }
    const BadPicture problem = try_picture(*plan_.source, maker_.item(used).image, [&] {
      maker_.make(used, /*hash=*/false, scratch.maker, scratch.bytes.data());
    });
    if (problem.kind.empty()) {
      return scratch.bytes.data();
    }
    note_lost(used, problem);
  }
}

}  // namespace gantrain
