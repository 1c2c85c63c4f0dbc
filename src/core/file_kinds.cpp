#include "core/file_kinds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace gantrain {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMagics = {
    std::pair{"\x1f\x8b"sv, "a gzip file; decompress it first"},
    std::pair{"BZh"sv, "a bzip2 file; decompress it first"},
    std::pair{"\xfd\x37zXZ\0"sv, "an xz file; decompress it first"},
    std::pair{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive; unpack it first"},
    std::pair{"\x89HDF\r\n\x1a\n"sv, "an HDF5 file (Keras); only PyTorch files are read"},
    std::pair{"\x93NUMPY"sv, "a NumPy array; only PyTorch files are read"},
    std::pair{"\x89PNG"sv, "a PNG image"},
    std::pair{"\xff\xd8\xff"sv, "a JPEG image"},
    std::pair{"\x7f"
              "ELF"sv,
              "a program or a shared library"},
    std::pair{"version https://git-lfs"sv, "a Git LFS pointer; fetch the file itself"},
};

bool starts_like_markup(std::string_view start) {
  while (!start.empty() && std::isspace(static_cast<unsigned char>(start.front())) != 0) {
    start.remove_prefix(1);
  }
  std::string word(start.substr(0, 14));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word.starts_with("<!doctype html") || word.starts_with("<html") ||
         word.starts_with("<?xml") || word.starts_with("<head");
}

}  // namespace

std::string kind_of_file(std::string_view start) {
  for (const auto& [magic, kind] : kMagics) {
    if (start.starts_with(magic)) {
      return kind;
    }
  }
  if (start.size() >= 262 && start.substr(257, 5) == "ustar") {
    return "a tar archive; unpack it first";
  }
  if (starts_like_markup(start)) {
    return "an HTML page, perhaps the error page of a download";
  }
  if (start.size() > 9 && start[8] == '{' && start[9] == '"') {
    return "a safetensors file; only PyTorch files are read";
  }
  return "";
}

}  // namespace gantrain
