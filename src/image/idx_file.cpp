#include "gantrain/image/idx_file.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/gzip.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr uint32_t kLabelsMagic = 0x00000801;
constexpr uint32_t kGreyMagic = 0x00000803;
constexpr uint32_t kColorMagic = 0x00000804;
constexpr int64_t kMaximumCount = 100'000'000;
constexpr int64_t kMaximumSide = 65'535;

// The bytes of a file in order, decompressed on the way if need be.
class Source {
 public:
  Source(std::string bytes, const std::string& where) : bytes_(std::move(bytes)) {
    if (looks_gzipped(bytes_)) {
      gzip_ = std::make_unique<GzipReader>(bytes_, where, ErrorKind::kData);
    }
  }

  std::string read(size_t size) {
    std::string out;
    if (gzip_ != nullptr) {
      out.resize(std::min(size, bytes_.size() * kMostInflated));  // a header may claim anything
      out.resize(gzip_->read(out.data(), size));
    } else {
      out = bytes_.substr(position_, size);
    }
    position_ += out.size();
    return out;
  }

  // All that is left, up to `size` bytes; a plain file gives its own buffer away.
  std::string read_last(size_t size) {
    if (gzip_ != nullptr) {
      return read(size);
    }
    bytes_.erase(0, position_);
    bytes_.resize(std::min(size, bytes_.size()));
    return std::move(bytes_);
  }

  // How many bytes the file holds, as far as that is known without decompressing all of it.
  int64_t known_size(bool has_more) const {
    return gzip_ != nullptr ? static_cast<int64_t>(position_) + (has_more ? 1 : 0)
                            : static_cast<int64_t>(bytes_.size());
  }
  bool compressed() const { return gzip_ != nullptr; }

 private:
  std::string bytes_;
  std::unique_ptr<GzipReader> gzip_;
  size_t position_ = 0;
};

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kData, where + ": " + what);
}

// `start`: the four bytes where the magic number should be.
std::string what_it_looks_like(std::string_view start) {
  const std::pair<std::string_view, std::string_view> kinds[] = {
      {"\x89PNG", "a PNG"},    {"\xff\xd8\xff", "a JPEG"},   {"PK\x03\x04", "a zip file"},
      {"BZh", "a bzip2 file"}, {"\xfd\x37zX", "an xz file"}, {"\x93NUM", "a NumPy array"},
      {"<", "a web page"}};
  for (const auto& [magic, name] : kinds) {
    if (start.starts_with(magic)) {
      return "; it looks like " + std::string(name);
    }
  }
  return "";
}

std::string name_of(IdxContent content) {
  return content == IdxContent::kImages ? "images" : "labels";
}

void check_magic(std::string_view start, IdxContent content, const std::string& where) {
  const uint32_t magic = load_big<uint32_t>(start, 0);
  const bool images = magic == kGreyMagic || magic == kColorMagic;
  const bool labels = magic == kLabelsMagic;
  if (content == IdxContent::kImages ? images : labels) {
    return;
  }
  const std::string expected = hex(content == IdxContent::kImages ? kGreyMagic : kLabelsMagic);
  const std::string both = " (starts with " + hex(magic) + ", expected " + expected + ")";
  if (images || labels) {
    fail(where, "an IDX file of " + std::string(images ? "images" : "labels") + both + "; " +
                    name_of(content) + " are needed here.");
  }
  const uint32_t type = magic >> 8;
  if (type >= 0x09 && type <= 0x0e) {
    fail(where, "an IDX file whose elements are not unsigned bytes" + both +
                    "; convert them to bytes from 0 to 255.");
  }
  fail(where, "not an IDX file" + both + what_it_looks_like(start) + ".");
}

void check_range(const std::string& where, size_t offset, const std::string& name, int64_t value,
                 int64_t maximum) {
  if (value < 1 || value > maximum) {
    fail(where, "byte " + std::to_string(offset) + ": the " + name + " is out of range (got " +
                    std::to_string(value) + ", expected 1 to " + std::to_string(maximum) + ").");
  }
}

// Reads and checks the dimensions behind the magic number.
std::vector<int64_t> read_shape(Source& source, size_t rank, IdxContent content,
                                const std::string& where) {
  const std::string bytes = source.read(rank * 4);
  if (bytes.size() < rank * 4) {
    fail(where, "ends inside its header (" + std::to_string(4 + bytes.size()) +
                    " bytes, the header alone takes " + std::to_string(4 + rank * 4) + ").");
  }
  const std::string names[] = {"number of " + name_of(content), "height", "width",
                               "number of channels"};
  const int64_t maxima[] = {kMaximumCount, kMaximumSide, kMaximumSide, 3};
  std::vector<int64_t> shape(rank);
  int64_t product = 1;
  for (size_t i = 0; i < rank; ++i) {
    shape[i] = load_big<uint32_t>(bytes, i * 4);
    check_range(where, 4 + i * 4, names[i], shape[i], maxima[i]);
    if (shape[i] > kMaximumIdxBytes / product) {
      fail(where, "byte " + std::to_string(4 + i * 4) +
                      ": the product of the dimensions is out of range (more than the " +
                      format_bytes(kMaximumIdxBytes) + " that are read).");
    }
    product *= shape[i];
  }
  if (rank == 4 && shape[3] == 2) {
    fail(where, "byte 16: the number of channels is out of range (got 2, expected 1 or 3).");
  }
  return shape;
}

std::string describe(const std::vector<int64_t>& shape) {
  std::string text = format_count(shape[0]);
  if (shape.size() == 1) {
    return text + " labels";
  }
  text += " images of " + std::to_string(shape[2]) + "x" + std::to_string(shape[1]);
  return shape.size() == 4 ? text + "x" + std::to_string(shape[3]) : text;
}

}  // namespace

IdxArray parse_idx(std::string bytes, IdxContent content, const std::string& where) {
  if (bytes.empty()) {
    fail(where, "the file is empty.");
  }
  Source source(std::move(bytes), where);
  const std::string start = source.read(4);
  if (start.size() < 4) {
    fail(where, "not an IDX file (only " + std::to_string(start.size()) + " bytes" +
                    (source.compressed() ? " after decompression" : "") + ").");
  }
  check_magic(start, content, where);
  const auto rank = static_cast<size_t>(static_cast<uint8_t>(start[3]));

  IdxArray array;
  array.shape = read_shape(source, rank, content, where);
  int64_t size = 1;
  for (const int64_t dimension : array.shape) {
    size *= dimension;
  }
  const auto header = static_cast<int64_t>(4 + rank * 4);
  const std::string declared = "its header says " + describe(array.shape) + ", which takes " +
                               format_count(header + size) + " bytes";
  const int64_t plain_size = source.known_size(false);
  array.elements = source.read_last(static_cast<size_t>(size));
  const auto got = static_cast<int64_t>(array.elements.size());
  if (got < size) {
    const int64_t each = size / array.shape[0];
    fail(where, "ends at byte " + format_count(header + got) + ", inside " +
                    (content == IdxContent::kImages ? "image " : "label ") +
                    format_count(got / each) + " (counted from 0), but " + declared +
                    ". Fetch the file again.");
  }
  const bool more = source.compressed() ? !source.read(1).empty() : plain_size > header + size;
  if (more) {
    fail(where, "holds " +
                    (source.compressed() ? "more than " + format_count(header + size)
                                         : format_count(plain_size)) +
                    " bytes, but " + declared + ".");
  }
  return array;
}

IdxArray read_idx(const std::filesystem::path& path, IdxContent content) {
  constexpr uint64_t kHeaderBytes = 20;
  return parse_idx(read_file(path, ErrorKind::kData, kMaximumIdxBytes + kHeaderBytes), content,
                   printable(path.string()));
}

}  // namespace gantrain
