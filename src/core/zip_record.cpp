#include <zlib.h>

#include <algorithm>
#include <limits>

#include "gantrain/core/format_error.h"
#include "gantrain/core/text.h"
#include "gantrain/core/zip_reader.h"

#include "core/zip_format.h"

namespace gantrain {
namespace {

constexpr int kRawDeflate = -15;  // zlib's way to say: largest window, no wrapper

// Exactly `size` bytes, or a FormatError.
std::string inflate_exactly(const std::string& deflated, uint64_t size, const std::string& name) {
  z_stream stream = {};
  if (inflateInit2(&stream, kRawDeflate) != Z_OK) {
    throw FormatError("there is not enough memory to decompress record " + name);
  }
  std::string plain(static_cast<size_t>(size), '\0');
  Bytef beyond = 0;  // somewhere to write for an empty record
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  stream.next_out = plain.empty() ? &beyond : reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
  const bool longer = result == Z_BUF_ERROR && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!whole) {
    throw FormatError("record " + name + " is damaged: it does not decompress to the " +
                      std::to_string(size) + " bytes that the directory names" +
                      (longer ? " but to more" : ""));
  }
  return plain;
}

}  // namespace

std::string read_zip_record(const ByteSource& source, const ZipRecord& record, uint64_t limit) {
  const std::string name = "\"" + printable(record.name) + "\"";
  const uint64_t most = std::max(record.bytes, record.plain_bytes);
  if (most > std::min<uint64_t>(limit, std::numeric_limits<uInt>::max())) {
    throw FormatError("record " + name + " has " + std::to_string(most) + " bytes; at most " +
                      std::to_string(limit) + " are allowed");
  }
  if (record.compressed() && record.method != zip::kDeflated) {
    throw FormatError("record " + name + " is compressed with method " +
                      std::to_string(record.method) + "; stored and deflated ones are read");
  }
  std::string bytes(static_cast<size_t>(record.bytes), '\0');
  source.read(record.data_offset, bytes.data(), bytes.size());
  if (record.compressed()) {
    bytes = inflate_exactly(bytes, record.plain_bytes, name);
  }
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  if (crc != record.crc32) {
    throw FormatError("checksum mismatch in record " + name + ", bytes " +
                      std::to_string(record.data_offset) + " to " +
                      std::to_string(record.data_offset + record.bytes));
  }
  return bytes;
}

}  // namespace gantrain
