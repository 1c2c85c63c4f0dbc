#include "gantrain/core/zip_plan.h"

#include <utility>

#include "gantrain/core/little_endian.h"

#include "core/zip_format.h"

namespace gantrain {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint16_t kVersionNeeded = 20;
constexpr uint16_t kVersion64 = 45;
constexpr uint16_t kDate = 0x0021;  // 1 January 1980, the first that zip knows
constexpr size_t kFileSizeField = 12;

void append_common(std::string& out, bool is64, uint32_t crc32, uint64_t bytes) {
  append_little<uint16_t>(out, is64 ? kVersion64 : kVersionNeeded);
  append_little<uint16_t>(out, zip::kFlagUtf8);
  append_little<uint16_t>(out, 0);  // stored
  append_little<uint16_t>(out, 0);  // time
  append_little<uint16_t>(out, kDate);
  append_little<uint32_t>(out, crc32);
  append_little<uint32_t>(out, is64 ? zip::kIn64 : static_cast<uint32_t>(bytes));
  append_little<uint32_t>(out, is64 ? zip::kIn64 : static_cast<uint32_t>(bytes));
}

}  // namespace

size_t ZipPlan::extra_bytes(const Record& record, bool first) const {
  const size_t fields = (record.bytes >= zip64_from_ ? 20 : 0) + (first ? kFileSizeField : 0) + 4;
  const uint64_t end = record.header_offset + zip::kLocalHeaderBytes + record.name.size() + fields;
  return fields + static_cast<size_t>((kAlignment - end % kAlignment) % kAlignment);
}

void ZipPlan::add(std::string name, uint64_t bytes) {
  Record record{std::move(name), bytes, directory_offset_, 0};
  directory_offset_ += zip::kLocalHeaderBytes + record.name.size() +
                       extra_bytes(record, !grows_ && records_.empty()) + bytes;
  records_.push_back(std::move(record));
}

void ZipPlan::finish(size_t comment_bytes) {
  comment_bytes_ = comment_bytes;
  total_bytes_ = directory_offset_ + directory().size() + comment_bytes;
}

std::string ZipPlan::local_header(size_t index, uint32_t crc32) {
  Record& record = records_[index];
  record.crc32 = crc32;
  const bool is64 = record.bytes >= zip64_from_;
  const size_t extra = extra_bytes(record, !grows_ && index == 0);
  std::string out;
  append_little(out, zip::kLocalHeader);
  append_common(out, is64, crc32, record.bytes);
  append_little(out, static_cast<uint16_t>(record.name.size()));
  append_little(out, static_cast<uint16_t>(extra));
  out += record.name;
  const size_t extra_end = out.size() + extra;
  if (is64) {
    append_little(out, zip::kExtraZip64);
    append_little<uint16_t>(out, 16);
    append_little(out, record.bytes);
    append_little(out, record.bytes);
  }
  if (!grows_ && index == 0) {
    append_little(out, zip::kExtraFileSize);
    append_little<uint16_t>(out, 8);
    append_little(out, total_bytes_);
  }
  append_little(out, zip::kExtraPadding);
  append_little(out, static_cast<uint16_t>(extra_end - out.size() - 2));
  out.resize(extra_end, 'Z');
  return out;
}

std::string ZipPlan::directory() const {
  std::string out;
  for (const Record& record : records_) {
    const bool size64 = record.bytes >= zip64_from_;
    const bool offset64 = record.header_offset >= zip64_from_;
    const size_t fields = (size64 ? 16 : 0) + (offset64 ? 8 : 0);
    append_little(out, zip::kDirectoryEntry);
    append_little<uint16_t>(out, kVersion64);  // made by
    append_common(out, size64, record.crc32, record.bytes);
    append_little(out, static_cast<uint16_t>(record.name.size()));
    append_little(out, static_cast<uint16_t>(fields > 0 ? fields + 4 : 0));
    append_little<uint16_t>(out, 0);  // comment
    append_little<uint16_t>(out, 0);  // disk
    append_little<uint16_t>(out, 0);  // internal attributes
    append_little<uint32_t>(out, 0);  // external attributes
    append_little(out, offset64 ? zip::kIn64 : static_cast<uint32_t>(record.header_offset));
    out += record.name;
    if (fields > 0) {
      append_little(out, zip::kExtraZip64);
      append_little(out, static_cast<uint16_t>(fields));
    }
    if (size64) {
      append_little(out, record.bytes);
      append_little(out, record.bytes);
    }
    if (offset64) {
      append_little(out, record.header_offset);
    }
  }
  const uint64_t bytes = out.size();
  const bool end64 =
      records_.size() >= 0xFFFF || bytes >= zip64_from_ || directory_offset_ >= zip64_from_;
  if (end64) {
    append_little(out, zip::kEnd64);
    append_little<uint64_t>(out, zip::kEnd64Bytes - 12);
    append_little(out, kVersion64);
    append_little(out, kVersion64);
    append_little<uint32_t>(out, 0);
    append_little<uint32_t>(out, 0);
    append_little<uint64_t>(out, records_.size());
    append_little<uint64_t>(out, records_.size());
    append_little(out, bytes);
    append_little(out, directory_offset_);
    append_little(out, zip::kEnd64Locator);
    append_little<uint32_t>(out, 0);
    append_little(out, directory_offset_ + bytes);
    append_little<uint32_t>(out, 1);
  }
  append_little(out, zip::kEnd);
  append_little<uint32_t>(out, 0);  // disks
  const auto count = static_cast<uint16_t>(end64 ? 0xFFFF : records_.size());
  append_little(out, count);
  append_little(out, count);
  append_little(out, end64 ? zip::kIn64 : static_cast<uint32_t>(bytes));
  append_little(out, end64 ? zip::kIn64 : static_cast<uint32_t>(directory_offset_));
  append_little(out, static_cast<uint16_t>(comment_bytes_));
  return out;
}

uint64_t planned_file_size(std::string_view start) {
  if (start.size() < zip::kLocalHeaderBytes ||
      load_little<uint32_t>(start.data()) != zip::kLocalHeader) {
    return 0;
  }
  size_t at = zip::kLocalHeaderBytes + load_little<uint16_t>(start.data() + 26);
  const size_t end = at + load_little<uint16_t>(start.data() + 28);
  while (at + 4 <= end && at + kFileSizeField <= start.size()) {
    if (load_little<uint16_t>(start.data() + at) == zip::kExtraFileSize) {
      return load_little<uint64_t>(start.data() + at + 4);
    }
    at += 4 + size_t{load_little<uint16_t>(start.data() + at + 2)};
  }
  return 0;
}

}  // namespace gantrain
