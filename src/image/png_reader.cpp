#include "image/png_reader.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/gzip.h"
#include "gantrain/core/text.h"

#include "image/image_faults.h"
#include "image/paeth.h"
#include "image/png_chunks.h"

namespace gantrain {
namespace {

constexpr int64_t kBlockBytes = 128 << 10;  // inflated at a time

// The contents of all IDAT chunks as one zlib stream.
class PixelStream {
 public:
  explicit PixelStream(const std::vector<std::string_view>& pieces) : pieces_(pieces) {
    if (inflateInit(&stream_) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~PixelStream() { inflateEnd(&stream_); }
  PixelStream(const PixelStream&) = delete;
  PixelStream& operator=(const PixelStream&) = delete;

  // How many bytes came out; fewer than `size` only at the end of the stream.
  int64_t read(uint8_t* out, int64_t size) {
    stream_.next_out = out;
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out > 0 && !ended_) {
      const bool more_input = refill();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        ended_ = true;
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status == Z_BUF_ERROR && !more_input) {
        cut_ = true;
        break;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail();
      }
    }
    return size - stream_.avail_out;
  }

  bool cut() const { return cut_; }  // the last read wanted more compressed bytes than there are

 private:
  bool refill() {
    while (stream_.avail_in == 0 && next_ < pieces_.size()) {
      const std::string_view piece = pieces_[next_++];
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream_.avail_in = static_cast<uInt>(piece.size());
    }
    return stream_.avail_in > 0;
  }

  [[noreturn]] void fail() const {
    const std::string message = stream_.msg != nullptr ? stream_.msg : "";
    if (message == "incorrect data check") {
      damaged("wrong Adler-32 checksum of its pixels");
    }
    damaged("its compressed pixels are damaged (zlib: " + message + ")");
  }

  const std::vector<std::string_view>& pieces_;
  size_t next_ = 0;
  z_stream stream_ = {};
  bool ended_ = false;
  bool cut_ = false;
};

// Undoes the filter of one row in place. above: the row before, already unfiltered. kStep: bytes of
// a pixel, at least 1.
template <int kStep>
void unfilter(int filter, uint8_t* row, const uint8_t* above, int64_t size) {
  const int64_t first = std::min<int64_t>(kStep, size);
  switch (filter) {
    case 1:
      for (int64_t i = kStep; i < size; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + row[i - kStep]);
      }
      break;
    case 2:
      for (int64_t i = 0; i < size; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + above[i]);
      }
      break;
    case 3:
      for (int64_t i = 0; i < first; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + above[i] / 2);
      }
      for (int64_t i = kStep; i < size; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + (row[i - kStep] + above[i]) / 2);
      }
      break;
    case 4:
      for (int64_t i = 0; i < first; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + above[i]);
      }
      for (int64_t i = kStep; i < size; ++i) {
        row[i] = static_cast<uint8_t>(row[i] + paeth(row[i - kStep], above[i], above[i - kStep]));
      }
      break;
    default:
      break;
  }
}

using Unfilter = void (*)(int, uint8_t*, const uint8_t*, int64_t);

Unfilter unfilter_for(int64_t pixel_bits) {
  switch (std::max<int64_t>(pixel_bits / 8, 1)) {
    case 1:
      return unfilter<1>;
    case 2:
      return unfilter<2>;
    case 3:
      return unfilter<3>;
    case 4:
      return unfilter<4>;
    case 6:
      return unfilter<6>;
    default:
      return unfilter<8>;
  }
}

// Rows as they were before filtering, in order.
class RowReader {
 public:
  RowReader(PixelStream& stream, int64_t pixel_bits, int64_t total_rows)
      : stream_(stream),
        pixel_bits_(pixel_bits),
        total_rows_(total_rows),
        unfilter_(unfilter_for(pixel_bits)) {}

  // The following `rows` rows have `width` pixels and are filtered by themselves (a pass of an
  // interlaced image).
  void begin(int64_t width, int64_t rows) {
    row_bytes_ = (width * pixel_bits_ + 7) / 8;
    left_ = rows;
    above_.assign(row_bytes_, 0);
    at_ = in_block_ = 0;
  }

  const uint8_t* next() {
    if (at_ == in_block_) {
      read_block();
    }
    uint8_t* row = block_.data() + at_++ * (row_bytes_ + 1);
    const int filter = row[0];
    if (filter > 4) {
      damaged("row " + std::to_string(done_) + " has the filter " + std::to_string(filter) +
              ", and there are only 0 to 4");
    }
    unfilter_(filter, row + 1, last_row_, row_bytes_);
    last_row_ = row + 1;
    ++done_;
    return row + 1;
  }

 private:
  void read_block() {
    if (in_block_ > 0) {
      std::memcpy(above_.data(), last_row_, row_bytes_);
    }
    last_row_ = above_.data();
    const int64_t stride = row_bytes_ + 1;
    in_block_ = std::clamp<int64_t>(kBlockBytes / stride, 1, left_);
    left_ -= in_block_;
    at_ = 0;
    block_.resize(std::max<size_t>(block_.size(), in_block_ * stride));
    const int64_t got = stream_.read(block_.data(), in_block_ * stride);
    if (got < in_block_ * stride) {
      const std::string rows =
          format_count(done_ + got / stride) + " of " + format_count(total_rows_) + " rows";
      damaged(stream_.cut() ? "its pixels end early (after " + rows + ")"
                            : "holds fewer pixels than its header says (" + rows + ")");
    }
  }

  PixelStream& stream_;
  int64_t pixel_bits_;
  int64_t total_rows_;
  Unfilter unfilter_;
  int64_t row_bytes_ = 0;
  int64_t left_ = 0;      // rows not inflated yet
  int64_t in_block_ = 0;  // rows in block_
  int64_t at_ = 0;        // the next one of them
  int64_t done_ = 0;      // rows given out
  std::vector<uint8_t> block_;
  std::vector<uint8_t> above_;  // the row before the block
  const uint8_t* last_row_ = nullptr;
};

// Turns rows of the file into rows of the image.
class RowExpander {
 public:
  explicit RowExpander(const PngChunks& png) : png_(png) {
    if (png.colour == PngColour::kPalette) {
      for (size_t i = 0; i < png.palette.size() / 3; ++i) {
        std::memcpy(colours_[i].data(), png.palette.data() + 3 * i, 3);
        colours_[i][3] =
            i < png.transparency.size() ? static_cast<uint8_t>(png.transparency[i]) : 255;
      }
    } else {
      for (size_t i = 0; i < png.transparency.size() / 2; ++i) {
        const int mask = (1 << png.depth) - 1;
        key_[i] = static_cast<uint16_t>(load_big<uint16_t>(png.transparency, 2 * i) & mask);
      }
    }
  }

  void expand(const uint8_t* row, int64_t width, uint8_t* out) const {
    if (png_.colour == PngColour::kPalette) {
      expand_palette(row, width, out);
    } else if (png_.depth == 16) {
      expand_16(row, width, reinterpret_cast<uint16_t*>(out));
    } else if (png_.depth == 8 && png_.transparency.empty()) {
      std::memcpy(out, row, width * png_.samples());
    } else {
      expand_8(row, width, out);
    }
  }

 private:
  // Sample i of a row with up to 8 bits a sample.
  int sample(const uint8_t* row, int64_t i) const {
    const int64_t bit = i * png_.depth;
    return row[bit / 8] >> (8 - png_.depth - bit % 8) & ((1 << png_.depth) - 1);
  }

  void expand_palette(const uint8_t* row, int64_t width, uint8_t* out) const {
    const int64_t channels = png_.transparency.empty() ? 3 : 4;
    const auto entries = static_cast<int>(png_.palette.size() / 3);
    for (int64_t x = 0; x < width; ++x, out += channels) {
      const int index = sample(row, x);
      if (index >= entries) {
        damaged("colour " + std::to_string(index) + " of a palette that has " +
                std::to_string(entries));
      }
      std::memcpy(out, colours_[index].data(), channels);
    }
  }

  void expand_8(const uint8_t* row, int64_t width, uint8_t* out) const {
    const int64_t samples = png_.samples();
    const int scale = 255 / ((1 << png_.depth) - 1);
    for (int64_t x = 0; x < width; ++x) {
      bool is_key = !png_.transparency.empty();
      for (int64_t c = 0; c < samples; ++c) {
        const int value = sample(row, x * samples + c);
        is_key = is_key && value == key_[c];
        *out++ = static_cast<uint8_t>(value * scale);
      }
      if (!png_.transparency.empty()) {
        *out++ = is_key ? 0 : 255;
      }
    }
  }

  void expand_16(const uint8_t* row, int64_t width, uint16_t* out) const {
    const int64_t samples = png_.samples();
    for (int64_t x = 0; x < width; ++x) {
      bool is_key = !png_.transparency.empty();
      for (int64_t c = 0; c < samples; ++c, row += 2) {
        const auto value = static_cast<uint16_t>(row[0] << 8 | row[1]);
        is_key = is_key && value == key_[c];
        *out++ = value;
      }
      if (!png_.transparency.empty()) {
        *out++ = is_key ? 0 : 65535;
      }
    }
  }

  const PngChunks& png_;
  std::array<std::array<uint8_t, 4>, 256> colours_ = {};
  std::array<uint16_t, 3> key_ = {};  // the sample values that tRNS makes transparent
};

// A part of an interlaced image, or all of another: every step_x-th pixel of every step_y-th row.
struct Pass {
  int64_t x, y, step_x, step_y;
  int64_t columns(int64_t width) const { return (width - x + step_x - 1) / step_x; }
  int64_t rows(int64_t height) const { return (height - y + step_y - 1) / step_y; }
};
constexpr Pass kAdam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                           {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
constexpr Pass kWhole[] = {{0, 0, 1, 1}};

std::vector<Pass> passes_of(const PngChunks& png) {
  std::vector<Pass> passes;
  const auto add = [&](const Pass& pass) {
    if (pass.x < png.width && pass.y < png.height) {
      passes.push_back(pass);
    }
  };
  if (png.interlaced) {
    std::for_each(std::begin(kAdam7), std::end(kAdam7), add);
  } else {
    std::for_each(std::begin(kWhole), std::end(kWhole), add);
  }
  return passes;
}

// Refuses a header that promises more than the compressed bytes can hold, before memory is taken.
void check_amount(const PngChunks& png) {
  int64_t compressed = 0;
  for (const std::string_view piece : png.data) {
    compressed += static_cast<int64_t>(piece.size());
  }
  const int64_t bits = png.width * png.samples() * png.depth;
  if (compressed * kMostInflated < (bits + 7) / 8 * png.height) {
    damaged("holds fewer pixels than its header says (" + format_count(compressed) +
            " compressed bytes for " + std::to_string(png.width) + "x" +
            std::to_string(png.height) + ")");
  }
}

void read_pass(const Pass& pass, RowReader& rows, const RowExpander& expander, Image& image) {
  const int64_t columns = pass.columns(image.width);
  const int64_t pixel_bytes = image.pixel_bytes();
  rows.begin(columns, pass.rows(image.height));
  std::vector<uint8_t> scattered(pass.step_x > 1 ? columns * pixel_bytes : 0);
  for (int64_t y = pass.y; y < image.height; y += pass.step_y) {
    uint8_t* out = image.pixels.data() + y * image.row_bytes();
    if (pass.step_x == 1) {
      expander.expand(rows.next(), columns, out);
      continue;
    }
    expander.expand(rows.next(), columns, scattered.data());
    for (int64_t i = 0; i < columns; ++i) {
      std::memcpy(out + (pass.x + i * pass.step_x) * pixel_bytes,
                  scattered.data() + i * pixel_bytes, pixel_bytes);
    }
  }
}

void check_end(PixelStream& stream) {
  uint8_t beyond = 0;
  if (stream.read(&beyond, 1) > 0) {
    damaged("holds more pixels than its header says");
  }
  if (stream.cut()) {
    damaged("its pixels end early (without a checksum)");
  }
}

}  // namespace

Image read_png(std::string_view bytes, const ImageLimits& limits) {
  const PngChunks png = read_png_chunks(bytes, limits);
  check_amount(png);
  const std::vector<Pass> passes = passes_of(png);
  int64_t total_rows = 0;
  for (const Pass& pass : passes) {
    total_rows += pass.rows(png.height);
  }

  Image image;
  image.width = png.width;
  image.height = png.height;
  image.channels = png.shown_channels();
  image.bits = png.depth == 16 ? 16 : 8;
  image.pixels.resize(image.height * image.row_bytes());
  PixelStream stream(png.data);
  RowReader rows(stream, png.samples() * png.depth, total_rows);
  const RowExpander expander(png);
  for (const Pass& pass : passes) {
    read_pass(pass, rows, expander, image);
  }
  check_end(stream);
  return image;
}

}  // namespace gantrain
