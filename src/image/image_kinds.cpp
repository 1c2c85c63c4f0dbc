#include "image/image_kinds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kReadable = "PNG, JPEG, BMP, PGM or PPM";

// Formats that are told apart, so that the message can name them.
struct ForeignFormat {
  size_t offset;
  std::string_view magic;
  std::string_view name;
};
constexpr std::array kForeignFormats = {
    ForeignFormat{0, "GIF87a"sv, "GIF"},
    ForeignFormat{0, "GIF89a"sv, "GIF"},
    ForeignFormat{8, "WEBP"sv, "WebP"},
    ForeignFormat{0, "II*\0"sv, "TIFF"},
    ForeignFormat{0, "MM\0*"sv, "TIFF"},
    ForeignFormat{0, "II+\0"sv, "TIFF"},
    ForeignFormat{0, "MM\0+"sv, "TIFF"},
    ForeignFormat{4, "ftypavif"sv, "AVIF"},
    ForeignFormat{4, "ftypavis"sv, "AVIF"},
    ForeignFormat{4, "ftyphei"sv, "HEIC"},
    ForeignFormat{4, "ftyphev"sv, "HEIC"},
    ForeignFormat{4, "ftypmif1"sv, "HEIC"},
    ForeignFormat{4, "ftypmsf1"sv, "HEIC"},
    ForeignFormat{0, "8BPS"sv, "PSD"},
    ForeignFormat{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL"},
    ForeignFormat{0, "\xff\x0a"sv, "JPEG XL"},
    ForeignFormat{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000"},
    ForeignFormat{0, "\xff\x4f\xff\x51"sv, "JPEG 2000"},
    ForeignFormat{0, "v/1\x01"sv, "OpenEXR"},
    ForeignFormat{0, "#?RADIANCE"sv, "Radiance HDR"},
    ForeignFormat{0, "DDS "sv, "DDS"},
    ForeignFormat{0, "\0\0\1\0"sv, "ICO"},
    ForeignFormat{0, "\x8aMNG\r\n"sv, "MNG"},
    ForeignFormat{0, "qoif"sv, "QOI"},
    ForeignFormat{0, "<svg"sv, "SVG"},
    ForeignFormat{0, "P1"sv, "PBM"},
    ForeignFormat{0, "P4"sv, "PBM"},
    ForeignFormat{0, "P7\n"sv, "PAM"},
    ForeignFormat{0, "Pf\n"sv, "PFM"},
    ForeignFormat{0, "PF\n"sv, "PFM"},
};

bool is_space(char byte) {
  return std::isspace(static_cast<unsigned char>(byte)) != 0;
}

// "Pn", and then white space or a comment, as no text begins.
bool starts_as_pnm(std::string_view start, std::string_view digits) {
  return start.size() >= 3 && start[0] == 'P' && digits.find(start[1]) != std::string_view::npos &&
         (is_space(start[2]) || start[2] == '#');
}

bool is_foreign(const ForeignFormat& format, std::string_view start) {
  if (format.name == "PBM") {
    return starts_as_pnm(start, "14");
  }
  return start.size() > format.offset && start.substr(format.offset).starts_with(format.magic);
}

// `<html` or 0x00112233: how a person sees what the file begins with.
std::string shown_start(std::string_view start) {
  const std::string_view text = start.substr(0, 16);
  const bool readable = std::all_of(text.begin(), text.end(), [](char byte) {
    return is_space(byte) || (static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f);
  });
  if (readable && first_invalid_utf8(text.substr(0, 8)) == std::string_view::npos) {
    std::string line(text.substr(0, text.find_first_of("\r\n")));
    return "`" + line + "`";
  }
  std::string hex = "0x";
  for (const char byte : start.substr(0, 8)) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<uint8_t>(byte)));
    hex += digits;
  }
  return hex;
}

std::string lower_extension(std::string_view extension) {
  if (extension.starts_with('.')) {
    extension.remove_prefix(1);
  }
  std::string lower(extension);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array kPngExtensions = {"png"sv, "apng"sv};
constexpr std::array kJpegExtensions = {"jpg"sv, "jpeg"sv, "jpe"sv, "jfif"sv};
constexpr std::array kBmpExtensions = {"bmp"sv, "dib"sv};
constexpr std::array kPnmExtensions = {"pgm"sv, "ppm"sv, "pnm"sv};
constexpr std::array kForeignExtensions = {
    "gif"sv, "webp"sv, "tif"sv, "tiff"sv, "avif"sv, "heic"sv, "heif"sv,
    "psd"sv, "jxl"sv,  "jp2"sv, "j2k"sv,  "exr"sv,  "hdr"sv,  "dds"sv,
    "ico"sv, "tga"sv,  "qoi"sv, "svg"sv,  "pbm"sv,  "pam"sv,  "pfm"sv};

std::string size_text(int64_t width, int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

std::string limit_text(int64_t pixels) {
  return pixels % 1'000'000 == 0 ? std::to_string(pixels / 1'000'000) + " Mpx"
                                 : format_count(pixels) + " pixels";
}

}  // namespace

const char* image_format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kPnm:
      return "PGM/PPM";
  }
  return "";
}

bool extension_fits(ImageFormat format, std::string_view extension) {
  const std::string lower = lower_extension(extension);
  switch (format) {
    case ImageFormat::kPng:
      return is_one_of(kPngExtensions, lower);
    case ImageFormat::kJpeg:
      return is_one_of(kJpegExtensions, lower);
    case ImageFormat::kBmp:
      return is_one_of(kBmpExtensions, lower);
    case ImageFormat::kPnm:
      return is_one_of(kPnmExtensions, lower);
  }
  return false;
}

bool is_image_extension(std::string_view extension) {
  const std::string lower = lower_extension(extension);
  return is_one_of(kPngExtensions, lower) || is_one_of(kJpegExtensions, lower) ||
         is_one_of(kBmpExtensions, lower) || is_one_of(kPnmExtensions, lower) ||
         is_one_of(kForeignExtensions, lower);
}

ImageFormat recognise_image(std::string_view start) {
  if (start.empty()) {
    throw ImageError(ImageFault::kEmpty, "empty file");
  }
  if (start.starts_with("\x89PNG")) {
    return ImageFormat::kPng;
  }
  if (start.starts_with("\xff\xd8\xff")) {
    return ImageFormat::kJpeg;
  }
  for (const ForeignFormat& format : kForeignFormats) {
    if (is_foreign(format, start)) {
      throw ImageError(ImageFault::kUnsupported,
                       std::string(format.name) + " is not supported; convert it to PNG");
    }
  }
  // Two letters are weak evidence: the reserved words of the header are zero in every BMP.
  if (start.size() >= 10 && start.starts_with("BM") && start.substr(6, 4) == "\0\0\0\0"sv) {
    return ImageFormat::kBmp;
  }
  if (starts_as_pnm(start, "2356")) {
    return ImageFormat::kPnm;
  }
  throw ImageError(ImageFault::kNotAnImage,
                   "not " + std::string(kReadable) + " (starts with " + shown_start(start) + ")");
}

void check_image_size(int64_t width, int64_t height, const ImageLimits& limits) {
  if (width < 1 || height < 1) {
    throw ImageError(ImageFault::kDamaged,
                     "its header says " + size_text(width, height) + " pixels");
  }
  if (width > kMaximumImageSide || height > kMaximumImageSide) {
    throw ImageError(ImageFault::kTooLarge, size_text(width, height) + " has a side of more than " +
                                                std::to_string(kMaximumImageSide) + " pixels");
  }
  if (width * height > limits.max_pixels) {
    throw ImageError(
        ImageFault::kTooLarge,
        size_text(width, height) + " exceeds max_image_pixels " + limit_text(limits.max_pixels));
  }
}

}  // namespace gantrain
