#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "gantrain/data/registry.h"

#include "data/decode_pass.h"
#include "data/header_scan.h"
#include "data/pixel_store.h"
#include "data/record_layout.h"
#include "data/record_maker.h"

namespace gantrain {

// The records of a plan, decoded once and kept where they fit.
class PictureRecords {
 public:
  PictureRecords(PicturePlan plan, PictureOptions options, const BatchGeometry& geometry,
                 const DataContext& context);

  const PicturePlan& plan() const { return plan_; }
  const PictureOptions& options() const { return options_; }
  const HeaderScan& headers() const { return headers_; }
  const DecodeFindings& findings() const { return findings_; }
  const std::vector<BadPicture>& bad() const { return bad_; }
  const std::vector<int64_t>& items() const { return items_; }    // good ones, record numbers
  const std::vector<int64_t>& inputs() const { return inputs_; }  // good unpaired inputs
  RecordShape shape(int64_t record) const { return maker_.shape(record); }
  uint64_t memory_bytes() const;
  uint64_t record_bytes() const { return layout_.bytes(); }  // of all records
  std::string kept_in() const { return kept_in_; }  // "in memory", "in FILE", "decoded each time"

  struct Scratch {
    std::vector<uint8_t> bytes;
    RecordMaker::Scratch maker;
  };
  Scratch make_scratch() const { return {{}, maker_.make_scratch()}; }
  // The pixels of a record. A file that is gone by now gives those of the next good record, until
  // one per cent of all is gone: then Error(kData). Thread-safe.
  const uint8_t* read(int64_t record, Scratch& scratch, int64_t& used) const;
  // Whether reading takes a processor's time, so that workers help.
  bool slow() const { return store_ == nullptr || cached_; }
  WorkerPool& pool() const { return pool_; }

 private:
  uint64_t memory_limit() const;
  std::string cache_key() const;
  void decode(const DataContext& context);
  bool decode_into_cache(const DataContext& context);
  void note_lost(int64_t record, const BadPicture& problem) const;
  int64_t next_good(int64_t record) const;

  PicturePlan plan_;
  PictureOptions options_;
  mutable WorkerPool pool_;
  HeaderScan headers_;
  RecordMaker maker_;
  RecordLayout layout_;
  std::unique_ptr<PixelStore> store_;  // nullptr: decoded each time
  bool cached_ = false;
  DecodeFindings findings_;
  std::vector<BadPicture> bad_;
  std::vector<int64_t> items_;
  std::vector<int64_t> inputs_;
  std::string kept_in_;
  mutable std::mutex mutex_;
  mutable std::set<int64_t> lost_later_;
};

}  // namespace gantrain
