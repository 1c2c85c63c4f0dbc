#include "image/jpeg_reader.h"

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first

#include "gantrain/core/text.h"

#include "image/exif.h"

namespace gantrain {
namespace {

constexpr int kMaximumScans = 100;  // a progressive file needs about ten
constexpr int kRowsAtOnce = 16;

// What libjpeg's callbacks see; plain data, because errors leave by longjmp.
struct Callbacks {
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  char first_warning[JMSG_LENGTH_MAX];
  int code;          // of the error; 0 = none
  long warnings;     // without the end of the file
  bool all_needed;   // whether the pixels need every byte: an end of the file is an error at once
  bool file_ended;   // libjpeg has asked for bytes beyond the end
  bool ended_early;  // and pixels were missing
  bool too_many_scans;
};

Callbacks& callbacks_of(j_common_ptr codec) {
  return *static_cast<Callbacks*>(codec->client_data);
}

[[noreturn]] void on_error(j_common_ptr codec) {
  Callbacks& callbacks = callbacks_of(codec);
  callbacks.code = codec->err->msg_code;
  codec->err->format_message(codec, callbacks.message);
  std::longjmp(callbacks.escape, 1);
}

void on_message(j_common_ptr codec, int level) {
  if (level >= 0) {
    return;  // not a warning
  }
  Callbacks& callbacks = callbacks_of(codec);
  const int code = codec->err->msg_code;
  callbacks.file_ended = callbacks.file_ended || code == JWRN_JPEG_EOF;
  if (callbacks.file_ended && (callbacks.all_needed || code == JWRN_HIT_MARKER)) {
    callbacks.ended_early = true;
    std::longjmp(callbacks.escape, 1);
  }
  if (code == JWRN_JPEG_EOF) {
    return;  // perhaps only the end marker is missing
  }
  if (callbacks.warnings++ == 0) {
    codec->err->format_message(codec, callbacks.first_warning);
  }
}

void on_output(j_common_ptr) {}

void on_progress(j_common_ptr codec) {
  Callbacks& callbacks = callbacks_of(codec);
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number > kMaximumScans) {
    callbacks.too_many_scans = true;
    std::longjmp(callbacks.escape, 1);
  }
}

// One decompression: the only function that longjmp leaves. Nothing in it has a destructor.
struct Decompression {
  jpeg_decompress_struct codec;
  Callbacks callbacks;
};

// rows: of the image's width in `space`, `row_bytes` each. True when all rows are there. A baseline
// file may lack its end marker; of several scans one could be missing without a trace.
bool decompress(Decompression& state, const uint8_t* bytes, size_t size, J_COLOR_SPACE space,
                JDIMENSION width, JDIMENSION height, uint8_t* rows, size_t row_bytes) {
  jpeg_decompress_struct& codec = state.codec;
  if (setjmp(state.callbacks.escape) != 0) {
    return false;
  }
  state.callbacks.all_needed = true;
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, bytes, static_cast<unsigned long>(size));
  jpeg_read_header(&codec, TRUE);
  state.callbacks.all_needed = jpeg_has_multiple_scans(&codec) != FALSE;
  codec.out_color_space = space;
  codec.progress = &state.callbacks.progress;
  jpeg_start_decompress(&codec);
  if (codec.output_width != width || codec.output_height != height ||
      codec.output_width * static_cast<size_t>(codec.output_components) != row_bytes) {
    return false;
  }
  JSAMPROW pointers[kRowsAtOnce];
  while (codec.output_scanline < height) {
    const JDIMENSION count =
        std::min<JDIMENSION>(height - codec.output_scanline, JDIMENSION{kRowsAtOnce});
    for (JDIMENSION i = 0; i < count; ++i) {
      pointers[i] = rows + (codec.output_scanline + i) * row_bytes;
    }
    jpeg_read_scanlines(&codec, pointers, count);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

class Decompressor {
 public:
  Decompressor() {
    state_.codec.err = jpeg_std_error(&state_.callbacks.errors);
    state_.callbacks.errors.error_exit = on_error;
    state_.callbacks.errors.emit_message = on_message;
    state_.callbacks.errors.output_message = on_output;
    state_.callbacks.progress.progress_monitor = on_progress;
    state_.codec.client_data = &state_.callbacks;
  }
  ~Decompressor() { jpeg_destroy_decompress(&state_.codec); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // image: its size and `channels` samples a pixel are set.
  void run(std::string_view bytes, J_COLOR_SPACE space, Image& image) {
    if (!decompress(state_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), space,
                    static_cast<JDIMENSION>(image.width), static_cast<JDIMENSION>(image.height),
                    image.pixels.data(), static_cast<size_t>(image.row_bytes()))) {
      fail(image);
    }
  }

  const Callbacks& callbacks() const { return state_.callbacks; }

 private:
  [[noreturn]] void fail(const Image& image) const {
    const Callbacks& callbacks = state_.callbacks;
    if (callbacks.ended_early) {
      throw ImageError(ImageFault::kDamaged, "ends early (after " +
                                                 format_count(state_.codec.output_scanline) +
                                                 " of " + format_count(image.height) + " rows)");
    }
    if (callbacks.too_many_scans) {
      throw ImageError(ImageFault::kDamaged,
                       "more than " + std::to_string(kMaximumScans) + " progressive scans");
    }
    if (callbacks.code == JERR_BAD_HUFF_TABLE) {
      throw ImageError(ImageFault::kDamaged, "bad Huffman table");
    }
    if (callbacks.code == JERR_OUT_OF_MEMORY) {
      throw std::bad_alloc();
    }
    if (callbacks.code == 0) {
      throw ImageError(ImageFault::kDamaged, "two frame headers that disagree");
    }
    throw ImageError(ImageFault::kDamaged,
                     "damaged JPEG (libjpeg: " + std::string(callbacks.message) + ")");
  }

  Decompression state_ = {};
};

// a * b / 255, rounded.
int multiply(int a, int b) {
  const int product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

// Adobe's CMYK is stored inverted: 255 is no ink.
Image cmyk_to_rgb(const Image& cmyk) {
  Image rgb;
  rgb.width = cmyk.width;
  rgb.height = cmyk.height;
  rgb.channels = 3;
  rgb.pixels.resize(rgb.height * rgb.row_bytes());
  const uint8_t* in = cmyk.pixels.data();
  uint8_t* out = rgb.pixels.data();
  for (int64_t i = 0; i < rgb.width * rgb.height; ++i, in += 4) {
    for (int c = 0; c < 3; ++c) {
      *out++ = static_cast<uint8_t>(std::max(0, in[3] - multiply(255 - in[c], in[3])));
    }
  }
  return rgb;
}

}  // namespace

Image read_jpeg(std::string_view bytes, const ImageLimits& limits, DecodeNotes& notes) {
  const ImageHeader header = *read_jpeg_header(bytes, bytes.size(), limits);
  Image image;
  image.width = header.width;
  image.height = header.height;
  if (swaps_sides(header.orientation)) {
    std::swap(image.width, image.height);
  }
  image.channels = header.cmyk ? 4 : header.channels;
  image.pixels.resize(image.height * image.row_bytes());
  const J_COLOR_SPACE space =
      header.cmyk ? JCS_CMYK : (header.channels == 1 ? JCS_GRAYSCALE : JCS_RGB);

  Decompressor decompressor;
  decompressor.run(bytes, space, image);
  notes.warnings = decompressor.callbacks().warnings;
  notes.first_warning = decompressor.callbacks().first_warning;
  notes.cmyk = header.cmyk;
  notes.orientation = header.orientation;
  return oriented(header.cmyk ? cmyk_to_rgb(image) : std::move(image), header.orientation);
}

}  // namespace gantrain
