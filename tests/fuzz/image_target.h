#pragma once

#include <string_view>

namespace gantrain {

// As in pt_file_target.h: each returns normally whatever the bytes are.

// A PNG: as it is, and again with every chunk's CRC made to fit, so that damage gets behind the
// checks. What is decoded has the size that the header alone told, and comes back from our own
// writer.
void fuzz_png(std::string_view bytes);
// An image file of any kind: JPEG, BMP, PGM, PPM.
void fuzz_image(std::string_view bytes);

}  // namespace gantrain
