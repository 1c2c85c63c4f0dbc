#include "gantrain/core/zip_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "gantrain/core/format_error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/text.h"

#include "core/zip_format.h"

namespace gantrain {
namespace {

[[noreturn]] void fail(uint64_t offset, const std::string& problem) {
  throw FormatError("the zip structure is damaged at byte " + std::to_string(offset) + ": " +
                    problem);
}

std::string read_text(const ByteSource& source, uint64_t offset, size_t count) {
  std::string bytes(count, '\0');
  source.read(offset, bytes.data(), count);
  return bytes;
}

struct End {
  uint64_t offset = 0;  // where the directory must end
  uint64_t records = 0;
  uint64_t directory_bytes = 0;
  uint64_t directory_offset = 0;
  std::string comment;
};

// The end record whose comment reaches exactly to the end of the file.
std::optional<uint64_t> find_end(const ByteSource& source, std::string& tail) {
  const uint64_t size = source.size();
  const size_t count = static_cast<size_t>(
      std::min<uint64_t>(size, zip::kEndBytes + std::numeric_limits<uint16_t>::max()));
  tail = read_text(source, size - count, count);
  for (size_t back = zip::kEndBytes; back <= count; ++back) {
    const char* at = tail.data() + (count - back);
    if (load_little<uint32_t>(at) == zip::kEnd &&
        load_little<uint16_t>(at + 20) == back - zip::kEndBytes) {
      return size - back;
    }
  }
  return std::nullopt;
}

void read_end64(const ByteSource& source, End& end) {
  if (end.offset < zip::kEnd64LocatorBytes + zip::kEnd64Bytes) {
    fail(end.offset, "zip64 fields are missing");
  }
  const uint64_t locator_offset = end.offset - zip::kEnd64LocatorBytes;
  const std::string locator = read_text(source, locator_offset, zip::kEnd64LocatorBytes);
  const uint64_t offset = load_little<uint64_t>(locator.data() + 8);
  if (load_little<uint32_t>(locator.data()) != zip::kEnd64Locator) {
    fail(locator_offset, "the zip64 locator is missing");
  }
  if (offset != locator_offset - zip::kEnd64Bytes) {
    fail(locator_offset, "the zip64 end record is not where the locator says");
  }
  const std::string record = read_text(source, offset, zip::kEnd64Bytes);
  const char* bytes = record.data();
  if (load_little<uint32_t>(bytes) != zip::kEnd64 ||
      load_little<uint64_t>(bytes + 4) != zip::kEnd64Bytes - 12) {
    fail(offset, "no zip64 end record");
  }
  if (load_little<uint64_t>(bytes + 16) != 0 ||
      load_little<uint64_t>(bytes + 24) != load_little<uint64_t>(bytes + 32)) {
    fail(offset, "zip files of several parts are not read");
  }
  end.records = load_little<uint64_t>(bytes + 32);
  end.directory_bytes = load_little<uint64_t>(bytes + 40);
  end.directory_offset = load_little<uint64_t>(bytes + 48);
  end.offset = offset;
}

End read_end(const ByteSource& source, const ZipLimits& limits) {
  std::string tail;
  const std::optional<uint64_t> found = find_end(source, tail);
  if (!found) {
    throw FormatError("truncated or damaged: no end of a zip directory in " +
                      std::to_string(source.size()) + " bytes");
  }
  End end;
  end.offset = *found;
  const char* bytes = tail.data() + (tail.size() - (source.size() - *found));
  end.comment.assign(bytes + zip::kEndBytes, load_little<uint16_t>(bytes + 20));
  const auto records = load_little<uint16_t>(bytes + 10);
  end.records = records;
  end.directory_bytes = load_little<uint32_t>(bytes + 12);
  end.directory_offset = load_little<uint32_t>(bytes + 16);
  if (load_little<uint32_t>(bytes + 4) != 0 || load_little<uint16_t>(bytes + 8) != records) {
    fail(end.offset, "zip files of several parts are not read");
  }
  // PyTorch writes zip64 records even when nothing needs them.
  const bool needs64 =
      records == 0xFFFF || end.directory_bytes == zip::kIn64 || end.directory_offset == zip::kIn64;
  const bool has64 =
      end.offset >= zip::kEnd64LocatorBytes &&
      load_little<uint32_t>(read_text(source, end.offset - zip::kEnd64LocatorBytes, 4).data()) ==
          zip::kEnd64Locator;
  if (needs64 || has64) {
    read_end64(source, end);
  }
  if (end.directory_offset > end.offset ||
      end.directory_bytes != end.offset - end.directory_offset) {
    fail(*found, "the directory (" + std::to_string(end.directory_bytes) + " bytes from " +
                     std::to_string(end.directory_offset) + ") does not end where it must, at " +
                     std::to_string(end.offset));
  }
  if (end.records > limits.records ||
      end.records > end.directory_bytes / zip::kDirectoryEntryBytes) {
    fail(*found, std::to_string(end.records) + " records do not fit into the directory");
  }
  return end;
}

// Takes the 64-bit values that stand in the zip64 extra field for each field that is 0xFFFFFFFF, in
// this order.
void take_zip64(std::string_view extra, uint64_t offset, std::initializer_list<uint64_t*> fields) {
  size_t at = 0;
  while (at + 4 <= extra.size()) {
    const auto id = load_little<uint16_t>(extra.data() + at);
    const size_t count = load_little<uint16_t>(extra.data() + at + 2);
    if (count > extra.size() - at - 4) {
      fail(offset, "an extra field is longer than its place");
    }
    if (id == zip::kExtraZip64) {
      std::string_view values = extra.substr(at + 4, count);
      for (uint64_t* field : fields) {
        if (*field == zip::kIn64 && values.size() >= 8) {
          *field = load_little<uint64_t>(values.data());
          values.remove_prefix(8);
        }
      }
      return;
    }
    at += 4 + count;
  }
}

struct Header {
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc32 = 0;
  uint64_t stored = 0;
  uint64_t bytes = 0;
};

// The fields that local headers and directory entries have in common; `bytes` points at the flags.
Header parse_common(const char* bytes) {
  return {load_little<uint16_t>(bytes), load_little<uint16_t>(bytes + 2),
          load_little<uint32_t>(bytes + 8), load_little<uint32_t>(bytes + 12),
          load_little<uint32_t>(bytes + 16)};
}

void check_flags(const Header& header, uint64_t offset, const std::string& name) {
  const uint16_t allowed =
      static_cast<uint16_t>(zip::kFlagDescriptor | zip::kFlagUtf8 |
                            (header.method == zip::kDeflated ? zip::kFlagsDeflateLevel : 0));
  if ((header.flags & ~allowed) != 0) {
    fail(offset, "record \"" + printable(name) + "\" has the unknown flags " +
                     std::to_string(header.flags));
  }
  if (header.method == 0 && header.stored != header.bytes) {
    fail(offset, "record \"" + printable(name) + "\" is stored in " +
                     std::to_string(header.stored) + " bytes but has " +
                     std::to_string(header.bytes));
  }
}

// Holds the local header against the directory's entry and finds where the data starts.
void locate_data(const ByteSource& source, const Header& entry, uint64_t limit, ZipRecord& record) {
  const uint64_t offset = record.header_offset;
  const size_t fixed = zip::kLocalHeaderBytes + record.name.size();
  if (offset > limit || limit - offset < fixed) {
    fail(offset, "record \"" + printable(record.name) + "\" starts past the records");
  }
  const std::string bytes = read_text(source, offset, fixed);
  if (load_little<uint32_t>(bytes.data()) != zip::kLocalHeader) {
    fail(offset, "no local header of record \"" + printable(record.name) + "\"");
  }
  Header local = parse_common(bytes.data() + 6);
  const size_t extra_bytes = load_little<uint16_t>(bytes.data() + 28);
  if (load_little<uint16_t>(bytes.data() + 26) != record.name.size() ||
      bytes.compare(zip::kLocalHeaderBytes, std::string::npos, record.name) != 0) {
    fail(offset, "the local header has another name than the directory (\"" +
                     printable(record.name) + "\")");
  }
  if (extra_bytes > limit - offset - fixed) {
    fail(offset, "an extra field reaches past the records");
  }
  record.data_offset = offset + fixed + extra_bytes;
  take_zip64(read_text(source, offset + fixed, extra_bytes), offset, {&local.bytes, &local.stored});
  const bool later = (local.flags & zip::kFlagDescriptor) != 0 && local.crc32 == 0 &&
                     local.bytes == 0 && local.stored == 0;
  const bool same =
      local.crc32 == entry.crc32 && local.bytes == entry.bytes && local.stored == entry.stored;
  if (local.method != entry.method || local.flags != entry.flags || !(later || same)) {
    fail(offset,
         "the local header of \"" + printable(record.name) + "\" disagrees with the directory");
  }
  if (record.bytes > limit - record.data_offset) {
    fail(offset, "record \"" + printable(record.name) + "\" (" + std::to_string(record.bytes) +
                     " bytes) reaches past the records");
  }
}

// Reads the entry at `at` (an offset within the directory) and moves `at` behind it.
ZipRecord read_entry(const ByteSource& source, const std::string& directory, const End& end,
                     const ZipLimits& limits, size_t& at) {
  const uint64_t offset = end.directory_offset + at;
  if (directory.size() - at < zip::kDirectoryEntryBytes ||
      load_little<uint32_t>(directory.data() + at) != zip::kDirectoryEntry) {
    fail(offset, "no directory entry");
  }
  const char* bytes = directory.data() + at;
  Header entry = parse_common(bytes + 8);
  const size_t name_bytes = load_little<uint16_t>(bytes + 28);
  const size_t extra_bytes = load_little<uint16_t>(bytes + 30);
  const size_t rest = name_bytes + extra_bytes + load_little<uint16_t>(bytes + 32);
  if (directory.size() - at - zip::kDirectoryEntryBytes < rest) {
    fail(offset, "a directory entry reaches past the directory");
  }
  if (name_bytes == 0 || name_bytes > limits.name_bytes) {
    fail(offset, "a record's name has " + std::to_string(name_bytes) + " bytes; 1 to " +
                     std::to_string(limits.name_bytes) + " are allowed");
  }
  if (load_little<uint16_t>(bytes + 34) != 0) {
    fail(offset, "zip files of several parts are not read");
  }
  ZipRecord record;
  record.name.assign(bytes + zip::kDirectoryEntryBytes, name_bytes);
  record.header_offset = load_little<uint32_t>(bytes + 42);
  take_zip64({bytes + zip::kDirectoryEntryBytes + name_bytes, extra_bytes}, offset,
             {&entry.bytes, &entry.stored, &record.header_offset});
  check_flags(entry, offset, record.name);
  record.bytes = entry.stored;
  record.plain_bytes = entry.bytes;
  record.method = entry.method;
  record.crc32 = entry.crc32;
  locate_data(source, entry, end.directory_offset, record);
  at += zip::kDirectoryEntryBytes + rest;
  return record;
}

}  // namespace

bool has_zip_end(const ByteSource& source) {
  std::string tail;
  return find_end(source, tail).has_value();
}

ZipDirectory read_zip_directory(const ByteSource& source, const ZipLimits& limits) {
  const End end = read_end(source, limits);
  const std::string directory =
      read_text(source, end.directory_offset, static_cast<size_t>(end.directory_bytes));
  ZipDirectory result;
  result.comment = end.comment;
  result.records.reserve(static_cast<size_t>(end.records));
  std::unordered_set<std::string_view> names;
  size_t at = 0;
  for (uint64_t i = 0; i < end.records; ++i) {
    result.records.push_back(read_entry(source, directory, end, limits, at));
    if (!names.insert(result.records.back().name).second) {
      fail(result.records.back().header_offset,
           "record \"" + printable(result.records.back().name) + "\" is there twice");
    }
  }
  if (at != directory.size()) {
    fail(end.directory_offset + at, "bytes behind the last directory entry");
  }
  std::sort(
      result.records.begin(), result.records.end(),
      [](const ZipRecord& a, const ZipRecord& b) { return a.header_offset < b.header_offset; });
  uint64_t free_from = 0;
  for (const ZipRecord& record : result.records) {
    if (record.header_offset < free_from) {
      fail(record.header_offset, "record \"" + printable(record.name) + "\" overlaps another");
    }
    free_from = record.data_offset + record.bytes;
  }
  return result;
}

}  // namespace gantrain
