#include "gantrain/core/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr int kGzipOnly = 15 + 16;  // zlib's way to say: largest window, gzip wrapper

std::string reason(const char* zlib_message) {
  const std::string_view message = zlib_message == nullptr ? "" : zlib_message;
  if (message == "incorrect data check") {
    return "CRC mismatch";
  }
  return message == "incorrect length check" ? "length mismatch" : std::string(message);
}

}  // namespace

struct GzipReader::State {
  std::string_view rest;  // not yet given to zlib
  size_t size = 0;
  std::string where;
  ErrorKind kind = ErrorKind::kInternal;
  z_stream stream = {};
  bool finished = false;

  [[noreturn]] void fail(const std::string& what) const {
    const size_t offset = size - rest.size() - stream.avail_in;
    throw Error(kind, where + ": damaged gzip data at byte " +
                          format_count(static_cast<int64_t>(offset)) + " of " +
                          format_count(static_cast<int64_t>(size)) + ": " + what +
                          ". Fetch the file again.");
  }

  void feed() {
    if (stream.avail_in == 0) {
      const size_t piece = std::min<size_t>(rest.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
      stream.avail_in = static_cast<uInt>(piece);
      rest.remove_prefix(piece);
    }
  }

  // Behind a member comes another one, or zeros that pad the file to a block.
  void end_member() {
    feed();
    const std::string_view left(reinterpret_cast<const char*>(stream.next_in), stream.avail_in);
    if (left.find_first_not_of('\0') == std::string_view::npos) {
      finished = true;
    } else if (!looks_gzipped(left) || inflateReset(&stream) != Z_OK) {
      fail("something else follows the compressed data");
    }
  }
};

bool looks_gzipped(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

GzipReader::GzipReader(std::string_view compressed, std::string where, ErrorKind kind)
    : state_(std::make_unique<State>()) {
  state_->rest = compressed;
  state_->size = compressed.size();
  state_->where = std::move(where);
  state_->kind = kind;
  if (inflateInit2(&state_->stream, kGzipOnly) != Z_OK) {
    throw Error(ErrorKind::kMemory, state_->where + ": not enough memory to decompress it.");
  }
}

GzipReader::~GzipReader() {
  inflateEnd(&state_->stream);
}

size_t GzipReader::read(char* out, size_t size) {
  z_stream& stream = state_->stream;
  size_t done = 0;
  while (done < size && !state_->finished) {
    state_->feed();
    const size_t piece = std::min<size_t>(size - done, std::numeric_limits<uInt>::max());
    stream.next_out = reinterpret_cast<Bytef*>(out + done);
    stream.avail_out = static_cast<uInt>(piece);
    const int result = inflate(&stream, Z_NO_FLUSH);
    done += piece - stream.avail_out;
    if (result == Z_STREAM_END) {
      state_->end_member();
    } else if (result == Z_BUF_ERROR && stream.avail_in == 0 && state_->rest.empty()) {
      state_->fail("it ends early");
    } else if (result == Z_MEM_ERROR) {
      throw Error(ErrorKind::kMemory, state_->where + ": not enough memory to decompress it.");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      state_->fail(reason(stream.msg));
    }
  }
  return done;
}

}  // namespace gantrain
