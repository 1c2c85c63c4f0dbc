#include "gantrain/image/decode.h"

#include "image/bmp_reader.h"
#include "image/image_kinds.h"
#include "image/jpeg_reader.h"
#include "image/png_chunks.h"
#include "image/png_reader.h"
#include "image/pnm_reader.h"

namespace gantrain {

std::optional<ImageHeader> read_image_header(std::string_view start, uint64_t file_size,
                                             const ImageLimits& limits) {
  switch (recognise_image(start)) {
    case ImageFormat::kPng:
      return read_png_header(start, file_size, limits);
    case ImageFormat::kJpeg:
      return read_jpeg_header(start, file_size, limits);
    case ImageFormat::kBmp:
      return read_bmp_header(start, file_size, limits);
    case ImageFormat::kPnm:
      return read_pnm_header(start, file_size, limits);
  }
  return std::nullopt;
}

Image decode_image(std::string_view bytes, const ImageLimits& limits, DecodeNotes* notes) {
  DecodeNotes unread;
  DecodeNotes& kept = notes != nullptr ? *notes : unread;
  kept = {};
  kept.format = recognise_image(bytes);
  switch (kept.format) {
    case ImageFormat::kPng:
      return read_png(bytes, limits);
    case ImageFormat::kJpeg:
      return read_jpeg(bytes, limits, kept);
    case ImageFormat::kBmp:
      return read_bmp(bytes, limits);
    case ImageFormat::kPnm:
      return read_pnm(bytes, limits);
  }
  return {};
}

}  // namespace gantrain
