#include "image/jpeg_bytes.h"

#include <jpeglib.h>

#include <cstdio>
#include <cstdlib>

#include "gantrain/core/big_endian.h"
#include "gantrain/core/little_endian.h"

namespace gantrain {
namespace {

// One scan for the DC, one for each AC coefficient of each component, and each of them again for
// its last bit.
std::vector<jpeg_scan_info> many_scans(int components) {
  std::vector<jpeg_scan_info> scans;
  jpeg_scan_info first = {};
  first.comps_in_scan = components;
  for (int i = 0; i < components; ++i) {
    first.component_index[i] = i;
  }
  scans.push_back(first);
  for (int component = 0; component < components; ++component) {
    for (int k = 1; k < 64; ++k) {
      scans.push_back({1, {component}, k, k, 0, 1});
    }
    for (int k = 1; k < 64; ++k) {
      scans.push_back({1, {component}, k, k, 1, 0});
    }
  }
  return scans;
}

}  // namespace

std::string jpeg_bytes(const Image& image, const JpegOptions& options) {
  jpeg_compress_struct codec = {};
  jpeg_error_mgr errors = {};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = static_cast<int>(image.channels);
  codec.in_color_space = image.channels == 1   ? JCS_GRAYSCALE
                         : image.channels == 3 ? JCS_RGB
                                               : JCS_CMYK;
  jpeg_set_defaults(&codec);
  if (options.ycck) {
    jpeg_set_colorspace(&codec, JCS_YCCK);
  }
  jpeg_set_quality(&codec, options.quality, TRUE);
  if (!options.subsampled) {
    for (int i = 0; i < codec.num_components; ++i) {
      codec.comp_info[i].h_samp_factor = codec.comp_info[i].v_samp_factor = 1;
    }
  }
  std::vector<jpeg_scan_info> scans;
  if (options.script == JpegScript::kProgressive) {
    jpeg_simple_progression(&codec);
  } else if (options.script == JpegScript::kManyScans) {
    scans = many_scans(codec.num_components);
    codec.scan_info = scans.data();
    codec.num_scans = static_cast<int>(scans.size());
  }
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < codec.image_height) {
    auto* row = const_cast<uint8_t*>(image.pixels.data() + codec.next_scanline * image.row_bytes());
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  std::string bytes(reinterpret_cast<char*>(buffer), size);
  std::free(buffer);
  return bytes;
}

std::string exif_segment(int orientation, bool big_endian) {
  const auto put = [&](std::string& out, auto value) {
    if (big_endian) {
      append_big(out, value);
    } else {
      append_little(out, value);
    }
  };
  std::string tiff = big_endian ? "MM" : "II";
  put(tiff, uint16_t{42});
  put(tiff, uint32_t{8});
  put(tiff, uint16_t{2});  // two entries
  put(tiff, uint16_t{0x010f});
  put(tiff, uint16_t{2});
  put(tiff, uint32_t{4});
  tiff += std::string("abc\0", 4);
  put(tiff, uint16_t{0x0112});
  put(tiff, uint16_t{3});
  put(tiff, uint32_t{1});
  put(tiff, static_cast<uint16_t>(orientation));
  put(tiff, uint16_t{0});
  put(tiff, uint32_t{0});
  const std::string content = std::string("Exif\0\0", 6) + tiff;
  std::string segment = "\xff\xe1";
  append_big(segment, static_cast<uint16_t>(content.size() + 2));
  return segment + content;
}

std::string with_segment(const std::string& jpeg, const std::string& segment) {
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

}  // namespace gantrain
